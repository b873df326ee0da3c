"""The whole precompute on one screen: every stage, what it reads and what decides its results."""

from core.summit.settings import PRESETS
from precompute.settings import Study
from precompute.stage import Input, Stage

EXPLAINED = (
    Input("dataset"),
    Input("teacher", at="last"),
    Input("predictions", at="last"),
    Input("generator"),
)

STAGES = (
    Stage(
        "dataset",
        version=3,
        settings=lambda study: {
            "data": study.data,
            "class_names": study.teacher.class_names,
            "seed": study.seed,
        },
        source=True,
    ),
    Stage(
        "teacher",
        version=3,
        settings=lambda study: _teacher(study),
        inputs=(Input("teacher", at="before"),),
        per_epoch=True,
        source=True,
    ),
    Stage(
        "active_learning",
        version=1,
        settings=lambda study: _teacher(study),
        source=True,
        when=lambda study: study.teacher.active is not None,
    ),
    Stage(
        "predictions",
        version=4,
        settings=lambda study: {"threads": study.threads},
        inputs=(Input("dataset"), Input("teacher")),
        per_epoch=True,
    ),
    Stage(
        "projections",
        version=2,
        settings=lambda study: {
            "projections": study.projections,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(Input("dataset"), Input("predictions", at="last")),
    ),
    Stage(
        "darksight",
        version=1,
        settings=lambda study: {"darksight": study.darksight, "seed": study.seed},
        inputs=(Input("dataset"), Input("predictions", at="last")),
    ),
    Stage(
        "darksight_evaluation",
        version=2,
        settings=lambda study: {"seed": study.seed},
        inputs=(
            Input("dataset"),
            Input("predictions", at="last"),
            Input("projections"),
            Input("darksight"),
        ),
    ),
    Stage(
        "boundary",
        version=1,
        settings=lambda study: {
            "boundary_share": study.dvi.boundary_share,
            "neighbors": study.dvi.neighbors,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(Input("dataset"), Input("teacher"), Input("predictions")),
        per_epoch=True,
    ),
    Stage(
        "dvi",
        version=2,
        settings=lambda study: {
            "preset": study.dvi.preset,
            "neighbors": study.dvi.neighbors,
            "temporal": study.dvi.temporal,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(
            Input("dataset"),
            Input("predictions"),
            Input("predictions", at="before"),
            Input("boundary"),
            Input("boundary", at="before"),
            Input("dvi", at="before"),
        ),
        per_epoch=True,
    ),
    Stage(
        "dvi_landscape",
        version=1,
        settings=lambda study: {
            "preset": study.dvi.preset,
            "grid": study.dvi.grid,
            "threads": study.threads,
        },
        inputs=(Input("boundary", at="all"), Input("dvi", at="all")),
    ),
    Stage(
        "dvi_history",
        version=1,
        settings=lambda study: {"preset": study.dvi.preset, "neighbors": study.dvi.neighbors},
        inputs=(Input("dataset"), Input("predictions", at="all"), Input("dvi", at="all")),
    ),
    Stage(
        "dvi_evaluation",
        version=4,
        settings=lambda study: {
            "preset": study.dvi.preset,
            "neighbors": study.dvi.neighbors,
            "baselines": study.dvi.baselines,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(
            Input("dataset"),
            Input("predictions", at="all"),
            Input("boundary", at="all"),
            Input("dvi", at="all"),
        ),
    ),
    Stage(
        "adversarial",
        version=1,
        settings=lambda study: {
            "attack": study.teacher.attack,
            "preset": study.dvi.preset,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(
            Input("dataset"),
            Input("teacher", at="all"),
            Input("predictions", at="all"),
            Input("dvi", at="all"),
        ),
        when=lambda study: study.teacher.attack is not None,
    ),
    Stage(
        "summit",
        version=2,
        settings=lambda study: {
            "preset": _preset(study, COUNTED),
            "layers": study.summit.layers,
            "images": study.summit.images,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(Input("dataset"), Input("teacher", at="last")),
        source=True,
    ),
    Stage(
        "summit_graphs",
        version=1,
        settings=lambda study: {
            "preset": _preset(study, GRAPHED),
            "exclude": study.summit.exclude,
            "neighbors": study.summit.neighbors,
            "seed": study.seed,
        },
        inputs=(Input("summit"),),
    ),
    Stage(
        "summit_patches",
        version=2,
        inputs=(Input("dataset"), Input("summit"), Input("summit_graphs")),
    ),
    Stage(
        "summit_evaluation",
        version=1,
        settings=lambda study: {
            "preset": study.summit.preset,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(
            Input("dataset"),
            Input("teacher", at="last"),
            Input("summit"),
            Input("summit_graphs"),
        ),
        source=True,
    ),
    Stage(
        "summit_pictures",
        version=1,
        settings=lambda study: {
            "pictures": study.summit.pictures,
            "variants": study.summit.variants,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(
            Input("dataset"),
            Input("teacher", at="last"),
            Input("summit"),
            Input("summit_graphs"),
        ),
        when=lambda study: study.summit.pictures != "off",
    ),
    Stage(
        "generator",
        version=2,
        settings=lambda study: {
            "generators": study.deepvid.generators,
            "epochs": study.deepvid.epochs,
            "images": study.deepvid.images,
            "beta": study.deepvid.beta,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(Input("dataset"), Input("teacher", at="last")),
        source=True,
    ),
    Stage(
        "deepvid",
        version=1,
        settings=lambda study: {
            "explained": study.deepvid.explained,
            "threads": study.threads,
        },
        inputs=EXPLAINED,
    ),
    Stage(
        "deepvid_evaluation",
        version=2,
        settings=lambda study: {
            "evaluated": study.deepvid.evaluated,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=EXPLAINED,
    ),
    Stage(
        "saliency_arena",
        version=6,
        settings=lambda study: {
            "saliency": study.saliency,
            "paper": study.paper,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=EXPLAINED,
    ),
)

# What a preset of Summit decides in one pass over the images, and what it decides afterwards.
COUNTED = ("share", "keep", "crossing", "least", "top", "positive", "every", "capped", "seed")
GRAPHED = ("damping", "directed", "tolerance", "vertex_share", "least_vertices", "widen")


def _preset(study: Study, fields: tuple[str, ...]) -> dict[str, object]:
    preset = PRESETS[study.summit.preset]
    return {name: getattr(preset, name) for name in fields}


def _teacher(study: Study) -> dict[str, object]:
    """All that decides the weights; which samples are shown does not."""
    return {
        "source": study.data.source,
        "limit": study.data.limit,
        "options": study.data.options,
        "teacher": study.teacher,
        "seed": study.seed,
        "threads": study.threads,
    }
