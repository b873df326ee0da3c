"""Writes README's table of how faithful the lenses are, from a built study.

python docs/fidelity.py [STUDY] [STORE]    digits and artifacts by default
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.store import Store  # noqa: E402
from pages.parts.trust.measures import LENSES  # noqa: E402
from pages.parts.trust.standing import Judged, standing  # noqa: E402

ARROWS = {"higher": " ↑", "lower": " ↓"}


def fidelity(store: Store) -> str:
    """Every lens's figures beside the best other method's, as a Markdown table."""
    figures = store.table("figure")
    rows = [
        f"| {lens.title} | {measure.title}{ARROWS.get(found.better, '')} | {_value(found.shown)} "
        f"| {_value(found.best_other)} | {found.split} | {found.rows[0].n:,} |"
        for lens in LENSES
        for measure in lens.measures
        if (found := standing(figures, measure)) is not None
    ]
    head = "| lens | figure | the lens | best other | split | n |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _value(judged: Judged | None) -> str:
    if judged is None:
        return "–"
    interval = "" if judged.interval is None else " ({:.4g} to {:.4g})".format(*judged.interval)
    return f"`{judged.method}` {judged.value:.4g}{interval}"


def main(study: str = "digits", store: str = "artifacts") -> None:
    """Write the table into README.md."""
    readme = ROOT / "README.md"
    block = re.compile(r"(<!-- measured: fidelity -->\n).*?(<!-- end -->)", re.DOTALL)
    table = fidelity(Store(study, Path(store)))
    text = readme.read_text(encoding="utf-8")
    text = block.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
