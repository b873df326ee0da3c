"""Seconds of each stage and accuracies of the studies in a store, as a Markdown table.

``python -m benchmarks.by_hand.studies [STORE]`` reads what ``python -m precompute build`` wrote.
"""

import sys
from pathlib import Path

from core.store import MissingArtifact, Store, studies

ROOMS = {
    "dataset, teacher": ("dataset", "teacher"),
    "adversarial, active learning": ("adversarial", "active_learning"),
    "predictions, projections": ("predictions", "projections"),
    "DarkSight, evaluation": ("darksight", "darksight_evaluation"),
    "boundary, DVI, landscape, history, evaluation": (
        "boundary",
        "dvi",
        "dvi_landscape",
        "dvi_history",
        "dvi_evaluation",
    ),
    "Summit, graphs, patches, evaluation, pictures": (
        "summit",
        "summit_graphs",
        "summit_patches",
        "summit_evaluation",
        "summit_pictures",
    ),
    "generator, DeepVID, evaluation": ("generator", "deepvid", "deepvid_evaluation"),
    "contest": ("saliency_arena",),
}
"""The columns of seconds, and their stages."""


def seconds(store: Store, stage: str) -> float | None:
    """Seconds that a stage took, summed over its epochs; None where it is not built."""
    try:
        epochs = store.epochs(stage) or [None]
        return sum(store.manifest(stage, epoch).seconds for epoch in epochs)
    except MissingArtifact:
        return None


def spent(times: list[float | None]) -> str:
    """Seconds of each stage in words; a dash where a stage is not built, one where none is."""
    if times.count(None) == len(times):
        return "–"
    return ", ".join("–" if time is None else f"{time:.0f}" for time in times)


def row(store: Store) -> list[str]:
    """One study's cells."""
    figures = store.table("figure").query("view == 'teacher'")
    last = figures[figures["epoch"] == figures["epoch"].max()].set_index(["metric", "split"])
    right, balanced = last.loc["accuracy", "test"], last.loc["balanced_accuracy", "test"]
    samples = store.table("samples")["split"].value_counts()
    about = store.table("about").set_index("topic")["text"]
    times = [[seconds(store, stage) for stage in stages] for stages in ROOMS.values()]
    return [
        store.study,
        str(about.get("limit", "all")).split(" ")[0],
        f"{samples.get('train', 0):,} + {samples.get('test', 0):,}",
        str(len(store.epochs("teacher"))),
        *map(spent, times),
        f"{sum(time or 0 for room in times for time in room) / 60:.1f}",
        f"{right['value']:.2%} ({right['low']:.2%} to {right['high']:.2%}, n = {right['n']:,})",
        f"{balanced['value']:.2%}",
    ]


def main() -> None:
    """Print the table."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "artifacts")
    head = ["study", "images", "shown", "checkpoints", *ROOMS, "minutes"]
    head += ["test accuracy", "balanced"]
    print("|", " | ".join(head), "|\n|", "---|" * len(head), sep="")
    for study in studies(root):
        try:
            print("|", " | ".join(row(Store(study, root))), "|")
        except MissingArtifact:
            print(f"| {study} | not built to its predictions |")


if __name__ == "__main__":
    main()
