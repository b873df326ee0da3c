"""What a declaration of a table or an array says, and the columns that many tables share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """What one column of a table is.

    Parameters
    ----------
    type
        "bool", "int32", "int64", "float32", "float64", "string" or "binary".
    unit
        "" where the value has none.
    low, high
        smallest and largest value allowed, both inclusive.
    choices
        the only strings allowed; empty where any is.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    low: float | int | None = None
    high: float | int | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """What one table is: `key` names the columns that together occur only once."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Array:
    """What one array of a stage is; `axes` are words of the glossary in `core.axes`."""

    stage: str
    name: str
    dtype: str
    axes: str
    meaning: str


EPOCH = Column(
    "epoch", "float64", "checkpoint of the teacher; 2.5 is half-way through the third", low=0
)
SAMPLE = Column("sample_id", "int32", "number of the shown sample, training split first", low=0)
METHOD = Column("method", "string", "method that made the row")
BOUNDARY = Column("boundary_id", "int32", "number of the boundary point at its epoch", low=0)

LAYER = Column("layer", "int32", "number of the layer, from 0: the one nearest the image", low=0)
UPPER = Column(
    "layer", "int32", "number of the upper layer; channel_in is of the layer below", low=1
)
CHANNEL = Column("channel", "int32", "number of the channel in its layer", low=0)
CHANNEL_IN = Column("channel_in", "int32", "channel of the layer below", low=0)
CHANNEL_OUT = Column("channel_out", "int32", "channel of the upper layer", low=0)
CLASS = Column("class", "int32", "number of the class", low=0)
RANK = Column("rank", "int32", "place among the channel's patches, 0 is the best", low=0)
PICTURE = Column("picture", "binary", "picture as a PNG or JPEG file; its first bytes say which")


def share_of(name: str, meaning: str, type: str = "float32") -> Column:
    """Return a column of shares, 0 to 1."""
    return Column(name, type, meaning, unit="share", low=0, high=1)
