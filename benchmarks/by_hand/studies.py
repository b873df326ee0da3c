"""Build times and accuracies of the studies in a store, as a Markdown table.

``python -m benchmarks.by_hand.studies [STORE]`` reads what ``python -m precompute build`` wrote.
"""

import sys
from pathlib import Path

from core.store import MissingArtifact, Store, studies

STAGES = ("dataset", "teacher", "predictions", "projections")


def seconds(store: Store, stage: str) -> float:
    """Seconds that a stage took, summed over its epochs."""
    epochs = store.epochs(stage) or [None]
    return sum(store.manifest(stage, epoch).seconds for epoch in epochs)


def row(store: Store) -> list[str]:
    """One study's cells."""
    figures = store.table("figure").query("view == 'teacher'")
    last = figures[figures["epoch"] == figures["epoch"].max()].set_index(["metric", "split"])
    right, balanced = last.loc["accuracy", "test"], last.loc["balanced_accuracy", "test"]
    samples = store.table("samples")["split"].value_counts()
    about = store.table("about").set_index("topic")["text"]
    times = []
    for stage in STAGES:
        try:
            times.append(f"{seconds(store, stage):.0f}")
        except MissingArtifact:
            times.append("not built")
    return [
        store.study,
        str(about.get("limit", "all")).split(" ")[0],
        f"{samples.get('train', 0):,} + {samples.get('test', 0):,}",
        str(len(store.epochs("teacher"))),
        *times,
        f"{right['value']:.2%} ({right['low']:.2%} to {right['high']:.2%}, n = {right['n']:,})",
        f"{balanced['value']:.2%}",
    ]


def main() -> None:
    """Print the table."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "artifacts")
    head = ["study", "images", "shown", "checkpoints", *STAGES, "test accuracy", "balanced"]
    print("|", " | ".join(head), "|\n|", "---|" * len(head), sep="")
    for study in studies(root):
        print("|", " | ".join(row(Store(study, root))), "|")


if __name__ == "__main__":
    main()
