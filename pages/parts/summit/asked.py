"""What the URL asks of the Summit page beside the view that all pages share.

    class=C             the class whose graph is drawn; default: the first one
    layer=NAME          the layer of the embedding and of likeness; default: the last
    part=compare | image | path | motifs | early | masking | channels | cases
                        the panel; default: the class's graph alone
    class2=C            the class compared with; default: the most similar one
    with=both | union | first | second | side       what a comparison shows; default: union
    sort=accuracy_down | accuracy_up                order of the list; default: by similarity
    least=N             vertices of fewer images are left out; default 0
    across=P, down=P    width and height of the graph in per cent; default 100
    pin=LAYER.CHANNEL   the vertex whose card stays open
    flagged=hide        leaves out channels that say nothing about the class
    motif=N             the motif that stands out
    case=N              the case study of the paper that is open

What the study does not have is ignored, and one line says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pages.parts.literal import shortened
from pages.parts.summit.held import Outline

Part = Literal[
    "graph", "compare", "image", "path", "motifs", "early", "masking", "channels", "cases"
]
PARTS: tuple[Part, ...] = get_args(Part)
Operation = Literal["both", "union", "first", "second", "side"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
Sort = Literal["similarity", "accuracy_down", "accuracy_up"]
SORTS: tuple[Sort, ...] = get_args(Sort)
SCALES = (40, 300)  # per cent


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view; `layer` is a number, `class_` and `class2` are classes."""

    class_: int
    layer: int
    part: Part = "graph"
    class2: int | None = None
    operation: Operation = "union"
    sort: Sort = "similarity"
    least: int = 0
    across: int = 100
    down: int = 100
    pin: tuple[int, int] | None = None
    hide_flagged: bool = False
    motif: int | None = None
    case: int | None = None


def asked(
    parameters: Mapping[str, str],
    found: Outline,
    parts: tuple[Part, ...],
    *,
    motifs: int,
    cases: int,
    default_class: int | None = None,
) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored.

    Parameters
    ----------
    parameters
        Those of the URL.
    found
        The study's layers and classes.
    parts
        The panels that this study has.
    motifs, cases
        How many motifs and case studies there are.
    default_class
        The class on which the page opens; default: the first.
    """
    said: dict[str, Any] = {}
    ignored: list[str] = []

    def read(word: str, name: str, reader: Callable[[str], Any], why: str) -> None:
        if (text := parameters.get(word)) is None:
            return
        value = reader(text)
        if value is None:
            cut = shortened(text, 40)
            ignored.append(f"Ignored {word}={cut} in the address: {why}.")
        else:
            said[name] = value

    def class_(text: str) -> int | None:
        number = _whole(text)
        return None if number is None or found.place(number) is None else number

    def below(count: int) -> Callable[[str], int | None]:
        return lambda text: n if (n := _whole(text)) is not None and n < count else None

    graphs = _classes_words(found)
    read("class", "class_", class_, graphs)
    read("class2", "class2", class_, graphs)
    layers = {name: number for number, name in enumerate(found.layers)}
    read("layer", "layer", layers.get, f"the layers are {', '.join(found.layers)}")
    read("part", "part", _among(parts), f"this study has {', '.join(parts)}")
    read("with", "operation", _among(OPERATIONS), f"there are {', '.join(OPERATIONS)}")
    read("sort", "sort", _among(SORTS), f"there are {', '.join(SORTS)}")
    read("least", "least", _whole, "expected a number of images")
    read("across", "across", _scale, f"expected {SCALES[0]} to {SCALES[1]} per cent")
    read("down", "down", _scale, f"expected {SCALES[0]} to {SCALES[1]} per cent")
    read("pin", "pin", lambda text: _channel(text, found), "expected layer.channel, as 8.120")
    read("flagged", "hide_flagged", lambda text: True if text == "hide" else None, "expected hide")
    read("motif", "motif", below(motifs), f"there are {motifs} motifs, numbered from 0")
    read("case", "case", below(cases), f"there are {cases} case studies, numbered from 0")
    if "class_" not in said:
        known = default_class is not None and found.place(default_class) is not None
        said["class_"] = default_class if known else int(found.classes[0])
    said.setdefault("layer", len(found.layers) - 1)
    return Asked(**said), ignored


def pin_words(pin: tuple[int, int]) -> str:
    """Return a vertex as the URL writes it."""
    return f"{pin[0]}.{pin[1]}"


def _classes_words(found: Outline) -> str:
    if len(found.classes) == found.classes[-1] + 1:
        return f"classes are numbered 0 to {found.classes[-1]}"
    return f"{len(found.classes)} classes have a graph"


def _among(known: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda text: text if text in known else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _scale(text: str) -> int | None:
    number = _whole(text)
    return number if number is not None and SCALES[0] <= number <= SCALES[1] else None


def _channel(text: str, found: Outline) -> tuple[int, int] | None:
    layer, _, channel = text.partition(".")
    at, number = _whole(layer), _whole(channel)
    if at is None or number is None or at >= len(found.layers) or number >= found.channels[at]:
        return None
    return at, number
