"""The whole precompute on one screen: every stage, what it reads and what decides its results."""

from precompute.settings import Study
from precompute.stage import Input, Stage

STAGES = (
    Stage(
        "dataset",
        version=3,
        settings=lambda study: {"data": study.data, "seed": study.seed},
        source=True,
    ),
    Stage(
        "teacher",
        version=2,
        settings=lambda study: _teacher(study),
        inputs=(Input("teacher", at="before"),),
        per_epoch=True,
        source=True,
    ),
    Stage(
        "predictions",
        version=2,
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
        settings=lambda study: {
            "darksight": study.darksight,
            "seed": study.seed,
            "threads": study.threads,
        },
        inputs=(Input("dataset"), Input("predictions", at="last")),
    ),
)


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
