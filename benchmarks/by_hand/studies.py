"""Build times and accuracies of the studies in a store, as a Markdown table.

``python -m benchmarks.by_hand.studies [STORE]`` reads what ``python -m precompute build`` wrote.
"""

import sys
from pathlib import Path

from core.store import MissingArtifact, Store, studies

ROOMS = {
    "dataset": ("dataset",),
    "teacher": ("teacher", "active_learning"),
    "predictions": ("predictions",),
    "projections": ("projections",),
    "DarkSight": ("darksight", "darksight_evaluation"),
    "DVI": ("boundary", "dvi", "dvi_landscape", "dvi_history", "dvi_evaluation"),
    "Summit": ("summit", "summit_graphs", "summit_patches", "summit_evaluation", "summit_pictures"),
    "DeepVID": ("generator", "deepvid", "deepvid_evaluation", "saliency_arena"),
}
"""The columns of seconds, and the stages that each adds up."""


def seconds(store: Store, stage: str) -> float:
    """Seconds that a stage took, summed over its epochs."""
    epochs = store.epochs(stage) or [None]
    return sum(store.manifest(stage, epoch).seconds for epoch in epochs)


def spent(store: Store, stages: tuple[str, ...]) -> tuple[float, str]:
    """Seconds of the stages that are built, and the same in words; a plus where some are not."""
    total, built = 0.0, 0
    for stage in stages:
        try:
            total += seconds(store, stage)
            built += 1
        except MissingArtifact:
            continue
    whole = built == len([stage for stage in stages if stage != "active_learning"])
    return total, f"{total:.0f}" + ("" if whole or built == len(stages) else " +") if built else "–"


def row(store: Store) -> list[str]:
    """One study's cells."""
    figures = store.table("figure").query("view == 'teacher'")
    last = figures[figures["epoch"] == figures["epoch"].max()].set_index(["metric", "split"])
    right, balanced = last.loc["accuracy", "test"], last.loc["balanced_accuracy", "test"]
    samples = store.table("samples")["split"].value_counts()
    about = store.table("about").set_index("topic")["text"]
    times = [spent(store, stages) for stages in ROOMS.values()]
    return [
        store.study,
        str(about.get("limit", "all")).split(" ")[0],
        f"{samples.get('train', 0):,} + {samples.get('test', 0):,}",
        str(len(store.epochs("teacher"))),
        *(words for _, words in times),
        f"{sum(total for total, _ in times) / 60:.1f} min",
        f"{right['value']:.2%} ({right['low']:.2%} to {right['high']:.2%}, n = {right['n']:,})",
        f"{balanced['value']:.2%}",
    ]


def main() -> None:
    """Print the table."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "artifacts")
    head = ["study", "images", "shown", "checkpoints", *ROOMS, "in all"]
    head += ["test accuracy", "balanced"]
    print("|", " | ".join(head), "|\n|", "---|" * len(head), sep="")
    for study in studies(root):
        try:
            print("|", " | ".join(row(Store(study, root))), "|")
        except MissingArtifact:
            print(f"| {study} | not built to its predictions |")


if __name__ == "__main__":
    main()
