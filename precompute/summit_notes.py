"""The table ``summit_note``: what readers of a part of Summit must know, or why it is missing."""

from collections.abc import Mapping

LENS, TITLE = "summit", "Summit"
Notes = Mapping[str, str]


def note_table(notes: Notes, missing: Notes | None = None) -> dict[str, list]:
    """The table's columns: notes on parts that are there, and on parts that are missing."""
    both = [(part, False, text) for part, text in notes.items()]
    both += [(part, True, text) for part, text in (missing or {}).items()]
    return {
        "part": [part for part, _, _ in both],
        "missing": [absent for _, absent, _ in both],
        "text": [text for _, _, text in both],
    }
