"""The table of figures with bars: one group of rows for each figure, ours marked."""

from collections.abc import Sequence
from html import escape

from core.store import epoch_label
from pages.charts.palette import BAR, INK, MUTED, RULE, Theme
from pages.parts.dvi.properties import METHOD_WORDS as DVI_WORDS
from pages.parts.literal import plain
from pages.parts.saliency.words import METHOD_WORDS as SALIENCY_WORDS
from pages.parts.trust.standing import Judged, Standing, verdict
from pages.parts.wording import method_words

ARROWS = {"higher": "↑ higher is better", "lower": "↓ lower is better", "": ""}
WORDS = {
    "teacher": "the teacher",
    "summit": "Summit's graph",
    "activation": "largest activation",
    "relevance": "largest relevance",
    "least": "least active",
    "random": "random",
    "entropy": "entropy",
    "max_probability": "largest probability",
    "darksight_student": "DarkSight, its student",
}
ESTIMATES = {"kde": "density of", "gmm": "Gaussian mixture on", "dirichlet": "Dirichlet mixture on"}


def table(groups: Sequence[Standing], theme: Theme) -> str:
    """Return the figures as an HTML table that a reader of text reads too."""
    return f'<table class="darkroom-trust">{"".join(_group(one, theme) for one in groups)}</table>'


def words_for(view: str, method: str) -> str:
    """Return what a method is called on the page of its lens."""
    if view == "dvi" and method in DVI_WORDS:
        return DVI_WORDS[method].replace("(this page)", "(the lens)")
    if view in ("deepvid", "saliency") and method in SALIENCY_WORDS:
        return SALIENCY_WORDS[method]
    if method in WORDS:
        return WORDS[method]
    start, _, estimate = method.rpartition("_")
    if view == "darksight" and estimate in ESTIMATES:
        return f"{ESTIMATES[estimate]} {method_words(start) if start != 'probabilities' else start}"
    return method_words(method) if view in ("projections", "darksight") else method


def _group(found: Standing, theme: Theme) -> str:
    of = f"{found.split}, n = {_counts(found)}"
    if found.epoch is not None:
        of += f", epoch {epoch_label(found.epoch)}"
    unit = f", {found.unit}" if found.unit else ""
    said = " ".join(part for part in (found.measure.reading, verdict(found)) if part)
    more = f" {found.left_out} more below." if found.left_out else ""
    head = (
        f'<tr><th scope="rowgroup" colspan="3"><b>{escape(found.measure.title)}</b> '
        f"<span>{escape(ARROWS.get(found.better, ''))}{escape(unit)} · {escape(of)}</span>"
        f"<p>{escape(said + more)}</p></th></tr>"
    )
    ends = _range(found)
    return f"<tbody>{head}{''.join(_row(found, row, ends, theme) for row in found.rows)}</tbody>"


def _row(found: Standing, row: Judged, ends: tuple[float, float], theme: Theme) -> str:
    low, high = ends

    def place(number: float) -> float:
        return 100 * (number - low) / ((high - low) or 1.0)

    zero, end = place(0.0), place(row.value)
    color = BAR[theme] if row.ours else f"{MUTED[theme]}aa"
    alone = len(found.rows) == 1 and found.unit != "share"  # its bar would always be full
    bars = "" if alone else _bar("i", min(zero, end), abs(end - zero), color)
    interval = ""
    if row.interval is not None:
        interval = f" ({row.interval[0]:.3g} to {row.interval[1]:.3g})"
    if row.interval is not None and not alone:
        first, last = map(place, row.interval)
        bars += _bar("u", first, max(last - first, 0.3), INK[theme])
    name = escape(plain(words_for(found.measure.view, row.method)))
    return (
        f'<tr><th scope="row">{f"<b>{name}</b>" if row.ours else name}</th>'
        f'<td class="bar" style="background:{RULE[theme]}66">{bars}</td>'
        f"<td>{row.value:.4g}<span>{interval}</span></td></tr>"
    )


def _bar(tag: str, left: float, width: float, color: str) -> str:
    return f'<{tag} style="left:{left:.2f}%;width:{width:.2f}%;background:{color}"></{tag}>'


def _range(found: Standing) -> tuple[float, float]:
    """Return the ends of the bars' axis, zero among them.

    A share ends at 1 where more is better or nobody stands beside; else the largest value does.
    """
    ends = [end for row in found.rows for end in (row.value, *(row.interval or ()))]
    whole = found.unit == "share" and (found.better == "higher" or len(found.rows) == 1)
    return min(0.0, *ends), max(1.0 if whole else 0.0, *ends)


def _counts(found: Standing) -> str:
    counts = [row.n for row in found.rows]
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
