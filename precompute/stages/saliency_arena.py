"""Stage ``saliency_arena``: what each saliency method finds, judged by feature removal.

DeepVID, section 8: on seeded test images the most important pixels turn black one by one while the
true class's probability is watched (``core.saliency.removal``). Methods work through the same
images in blocks; every finished block is kept, so that a killed build resumes. The gallery holds
maps of one image per class, as figure 15 shows them.
"""

import numpy as np

from core.generators.generator import Pictures, as_pictures
from core.intervals import bootstrap
from core.saliency.examined import few_threads
from core.saliency.method import Examined, Targets, explain
from core.saliency.removal import RemovalCurves, mean_curve, removal_curves
from precompute.blocks import Blocks
from precompute.explainers import drawn, examined_teacher, generator_of, shape_of, split_of
from precompute.figures import Figure, frame
from precompute.latent import generators_in, latent
from precompute.saliency_methods import Contestant, contestants
from precompute.stage import Work
from precompute.unavailable import decline, declined

LENS = "saliency"
LARGEST = 32  # longest side for which pixels are removed one by one unless the study says so
LEAST, MOST, PIXELS = 20, 1_000, 28 * 28
BLOCK = 50  # images
GALLERY = (
    "deepvid", "deepvid_paper", "sensitivity", "grad_cam_plus_plus", "pixels_lime",
    "integrated_gradients",
)  # fmt: skip
GALLERY_IMAGES = 10


def saliency_arena(work: Work) -> None:
    """Write removal curves, their areas, the figures, and the gallery."""
    if declined(work, "deepvid"):
        return
    shape = shape_of(work.inputs)
    if work.study.saliency.images is None and max(shape[1:]) > LARGEST:
        decline(
            work, LENS,
            f"Removing pixels one by one takes days at {shape[2]} x {shape[1]}: it is done up to "
            f"{LARGEST} x {LARGEST}, or where the study sets saliency.images.",
        )  # fmt: skip
        return
    offered, teacher = examined_teacher(work, shape)
    labels = work.inputs.table("samples").sort_values("sample_id")["label"].to_numpy()
    images = np.array(work.inputs.array("dataset", "images"))
    samples = drawn(work.inputs, image_count(work.study.saliency.images, shape), work.study.seed)
    pictures, targets = as_pictures(images[samples]), labels[samples].astype(np.int64)
    train = (work.inputs.table("samples").sort_values("sample_id")["split"] == "train").to_numpy()
    name = generators_in(work.inputs)[0]
    methods = contestants(
        shape,
        generator_of(work.inputs, name),
        latent(work.inputs, name).space,
        images[train] if train.any() else images,
        offered.capabilities,
    )
    able = [one for one in methods if not one.reason]
    blocks = Blocks(work.artifact.path)
    shown = of_each_class(targets)
    work.progress.expect(len(able) * len(samples))

    gallery = [one for one in able if one.name in GALLERY]
    gallery.sort(key=lambda one: GALLERY.index(one.name))
    curves, costs = {}, {}
    with few_threads(shape[1:]):
        for one in able:
            curves[one.name], costs[one.name] = _judged(
                work, one, teacher, pictures, targets, blocks
            )
        maps = [
            explain(one.method, teacher, pictures[shown], targets[shown], seed=work.study.seed).maps
            for one in gallery
        ]
    _write(work, methods, curves, costs, samples)
    work.artifact.array("gallery", np.stack(maps))
    work.artifact.table(
        "saliency_gallery",
        {
            "row": np.arange(len(shown), dtype=np.int32),
            "sample_id": samples[shown].astype(np.int32),
            "class": targets[shown].astype(np.int32),
        },
    )
    work.artifact.table(
        "saliency_gallery_method",
        {
            "place": np.arange(len(gallery), dtype=np.int32),
            "method": [one.name for one in gallery],
        },
    )
    blocks.remove()


def image_count(asked: int | None, shape: tuple[int, int, int]) -> int:
    """How many images are judged: as asked, else 1,000 of 28 x 28 or as many as cost the same.

    A curve has as many steps as the image has pixels, and each step costs a pass over all of them.
    """
    if asked is not None:
        return asked
    cost = (shape[1] * shape[2] / PIXELS) ** 2 * shape[0]
    return int(np.clip(MOST / cost, LEAST, MOST))


def of_each_class(targets: Targets) -> np.ndarray:
    """Return places of one image of each class, of ten classes at most, by class."""
    classes = np.unique(targets)
    if len(classes) > GALLERY_IMAGES:
        chosen = np.linspace(0, len(classes) - 1, GALLERY_IMAGES).astype(int)
        classes = classes[chosen]
    return np.array([int(np.flatnonzero(targets == class_)[0]) for class_ in classes])


def _judged(
    work: Work,
    one: Contestant,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    blocks: Blocks,
) -> tuple[RemovalCurves, float]:
    """A method's curves, block by block, and the teacher's passes for one image."""
    parts, passes = [], []
    for start in range(0, len(pictures), BLOCK):
        chosen = slice(start, min(start + BLOCK, len(pictures)))

        def block(chosen: slice = chosen) -> dict[str, np.ndarray]:
            found = explain(
                one.method, teacher, pictures[chosen], targets[chosen], seed=work.study.seed
            )
            curves = removal_curves(
                teacher, pictures[chosen], found.maps, targets[chosen], seed=work.study.seed
            )
            return {
                "removed": curves.removed,
                "probability": curves.probability,
                "evaluations": np.array(found.evaluations),
            }

        held = blocks.kept(f"{one.name}-{start}", block)
        parts.append(held)
        passes += [float(held["evaluations"])] * (chosen.stop - start)
        work.progress.advance(chosen.stop - start, note=one.name)
    probability = np.concatenate([part["probability"] for part in parts])
    return RemovalCurves(parts[0]["removed"], probability), float(np.mean(passes))


def _write(
    work: Work,
    methods: list[Contestant],
    curves: dict[str, RemovalCurves],
    costs: dict[str, float],
    samples: np.ndarray,
) -> None:
    means = {name: mean_curve(found, seed=work.study.seed) for name, found in curves.items()}
    removed = next(iter(means.values())).removed
    work.artifact.table(
        "removal_curve",
        {
            "method": np.repeat(list(means), len(removed)).tolist(),
            "removed": np.tile(removed, len(means)).astype(np.int32),
            **{
                part: np.concatenate([getattr(mean, part) for mean in means.values()]).clip(0, 1)
                for part in ("mean", "low", "high")
            },
        },
    )
    work.artifact.table(
        "removal_area",
        {
            "method": np.repeat(list(curves), len(samples)).tolist(),
            "sample_id": np.tile(samples, len(curves)).astype(np.int32),
            "area": np.concatenate([found.area for found in curves.values()]),
        },
    )
    work.artifact.table(
        "saliency_method",
        {
            "method": [one.name for one in methods],
            "place": np.arange(len(methods), dtype=np.int32),
            "settings": [one.settings for one in methods],
            "evaluations": [costs.get(one.name, np.nan) for one in methods],
            "reason": [one.reason for one in methods],
        },
    )
    split = split_of(work.inputs)
    work.artifact.table(
        "figure",
        frame(
            [
                Figure(
                    view, "removal_area_200", name, split, None, float(found.area.mean()),
                    len(samples), "share", "lower",
                ).between(bootstrap(found.area.astype(np.float64), work.study.seed))
                for view in ("saliency", "deepvid")
                for name, found in curves.items()
            ]
        ),
    )  # fmt: skip
