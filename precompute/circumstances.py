"""What a study's figures hold for: the limit of its data, notes on it, settings not the paper's."""

from collections.abc import Mapping

import msgspec

from core.store import MissingArtifact, Store
from precompute.settings import StudyError, built_in_studies, load_study, paper_settings

LIMITED = "Limited to "  # how the line on the limit begins
VIEW = "study"  # of the rows that stand beside the figures


def said_of_data(store: Store) -> list[str]:
    """The data's limit, then the notes on it, a line each; none before the stage ``dataset``."""
    return [f"{LIMITED}{text}" if topic == "limit" else text for topic, text in _about(store)]


def unlike_the_paper(study: str, settings: Mapping[str, object]) -> dict[str, tuple]:
    """Settings of a built-in study that are not its paper's, by dotted name: its own, the paper's.

    Parameters
    ----------
    study
        The study's name; one that is not built in has no paper.
    settings
        As it was built.
    """
    keys = paper_settings(study) if study in built_in_studies() else []
    if not keys:
        return {}
    try:
        of_paper = msgspec.json.decode(msgspec.json.encode(load_study(study, ["paper=true"])))
    except StudyError:  # an own study of the same name
        return {}
    if _at(settings, "data.source") != _at(of_paper, "data.source"):
        return {}
    both = {key: (_at(settings, key), _at(of_paper, key)) for key in keys}
    return {key: (own, paper) for key, (own, paper) in both.items() if own != paper}


def lines(store: Store) -> list[str]:
    """What belongs beside every figure of a study, a line each."""
    about = said_of_data(store)
    unlike = unlike_the_paper(store.study, store.settings)
    if any(line.startswith(LIMITED) for line in about):
        unlike.pop("data.limit", None)  # said already
    said = [f"{key} {_words(own)} ({_words(paper)})" for key, (own, paper) in unlike.items()]
    some = [f"Settings for two cores (the paper's): {', '.join(said)}"] if said else []
    return [*about, *some]


def rows(store: Store) -> list[dict[str, object]]:
    """The same as rows with the columns of figures; ``unit`` has the words where no number is."""
    unlike = unlike_the_paper(store.study, store.settings)
    found: list[tuple[str, str, object]] = []
    if "data.limit" not in unlike and any(topic == "limit" for topic, _ in _about(store)):
        found.append(("data.limit", "built", _at(store.settings, "data.limit")))
    for key, (own, paper) in unlike.items():
        found += [(key, "built", own), (key, "paper", paper)]
    notes = [text for topic, text in _about(store) if topic == "note"]
    found += [(f"note_{number}", "built", note) for number, note in enumerate(notes, 1)]
    n = int(store.sql("select count(*) as n from samples")["n"].iloc[0]) if found else 0
    return [
        {
            "study": store.study, "view": VIEW, "metric": metric, "method": method, "split": "all",
            "epoch": None, "value": _number(value), "low": None, "high": None, "n": n,
            "unit": _words(value) if _number(value) is None else "", "better": "",
        }
        for metric, method, value in found
    ]  # fmt: skip


def _about(store: Store) -> list[tuple[str, str]]:
    """The topics limit and note, with what a terminal shows of their texts: anybody wrote them."""
    try:
        about = store.sql(
            "select topic, text from about where topic in ('limit', 'note') order by topic, number"
        )
    except MissingArtifact:
        return []
    return [
        (str(topic), "".join(c if c.isprintable() else " " for c in str(text)))
        for topic, text in about.itertuples(index=False)
    ]


def _at(settings: object, key: str) -> object:
    """The value at a dotted name, None where there is none."""
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, Mapping) else None
    return list(settings) if isinstance(settings, tuple) else settings


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _words(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{'all' if part is None else _words(part)} {name}" for name, part in value.items()
        )
    if isinstance(value, list):
        return " and ".join(map(str, value)) or "not set"
    return f"{value:,}" if isinstance(value, int) else str(value)
