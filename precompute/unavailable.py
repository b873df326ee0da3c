"""Lenses that a study cannot have: its stages say why instead of failing or being left out.

Whether a teacher carries a lens is known only once it is there, after the plan was made. A stage
that cannot do its work therefore declines: its artifact holds one row of the table
``unavailable`` and nothing else, the stages that read it pass the reason on, and pages show it.
"""

from collections.abc import Iterable

from core.store import MissingArtifact
from core.teachers.protocol import Capability, missing
from precompute.stage import Work


def decline(work: Work, lens: str, reason: str) -> None:
    """Say that the running stage makes nothing for a lens; ``reason`` is one sentence."""
    work.artifact.table(
        "unavailable",
        {
            "lens": [lens],
            "stage": [work.artifact.path.parent.name],
            "epoch": [work.epoch],
            "reason": [reason],
        },
    )


def declined(work: Work, lens: str) -> bool:
    """Whether a stage that this one reads declined; then this one declines for the same reason."""
    try:
        rows = work.inputs.sql("select reason from unavailable where lens = ?", [lens])
    except MissingArtifact:
        return False
    if len(rows):
        decline(work, lens, str(rows["reason"].to_numpy()[0]))
    return len(rows) > 0


def lacks(work: Work, lens: str, title: str, needs: Iterable[Capability]) -> bool:
    """Whether the teacher lacks what a lens needs; then the stage declines.

    Reads the teacher's table ``capability``, which must be among the stage's inputs.
    """
    table = work.inputs.table("capability")
    can = {Capability(name) for name in table["capability"][table["present"]]}
    lacking = missing(can, needs)
    if lacking:
        words = " and ".join(str(capability) for capability in lacking)
        name = work.study.teacher.name
        decline(work, lens, f"{title} needs the teacher's {words}; {name} does not offer that.")
    return bool(lacking)
