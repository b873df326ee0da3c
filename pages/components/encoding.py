"""What the map draws, in the form in which it travels: small integers, each array once.

Positions become unsigned 16-bit numbers between the smallest and the largest coordinate over all
epochs (at 500 pixels and 60-fold zoom, half a pixel); categories become 8 or 16 bits, values 16.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MISSING = 65535  # the code of a value that is not a number; drawn grey

Encoded = tuple[dict[str, Any], dict[str, np.ndarray]]
Frame = tuple[float, float, float, float]  # left, right, bottom, top in data coordinates


@dataclass(frozen=True, eq=False)
class CategoryColors:
    """Colours by category: `palette[values[i]]` is the colour of sample i."""

    values: np.ndarray  # integers in 0..len(names) - 1, [sample] or [epoch sample]
    names: Sequence[str]  # shown literally in the legend
    palette: Sequence[str]  # one colour "#rrggbb" for each name
    title: str = ""


@dataclass(frozen=True, eq=False)
class ValueColors:
    """Colours by value: the ramp from `low` to `high`; what is not a number is grey."""

    values: np.ndarray  # [sample] or [epoch sample]; beyond the ends of the ramp counts as the end
    ramp: Sequence[str]  # two or more colours "#rrggbb" at equal distances
    low: float
    high: float
    title: str = ""


@dataclass(frozen=True, eq=False)
class MapLabels:
    """What the hover card says of each sample."""

    true: np.ndarray  # class numbers [sample]
    predicted: np.ndarray  # class numbers [sample] or [epoch sample]
    names: Sequence[str]  # the class names
    original: np.ndarray | None = None  # class numbers before labels were flipped on purpose


def encode_positions(
    positions: np.ndarray,
    sample_ids: np.ndarray,
    epochs: Sequence[float] = (),
    frame: Frame | None = None,
) -> Encoded:
    """Positions as 16-bit numbers with the extent that undoes it.

    Parameters
    ----------
    positions
        Data coordinates [epoch sample 2] or [sample 2], all finite.
    sample_ids
        One whole number per sample, no two alike.
    epochs
        One number per epoch, rising; may be left out for a single one.
    frame
        Edges that hold all positions: pictures of one frame have one scale. Default: their own.

    Raises
    ------
    ValueError
        If shapes disagree, a position is not finite or outside the frame, or the epochs do not
        rise.
    """
    positions = np.asarray(positions)
    if not np.issubdtype(positions.dtype, np.floating):
        positions = positions.astype(float)
    if positions.ndim == 2:
        positions = positions[None]
    if positions.ndim != 3 or positions.shape[2] != 2:
        raise ValueError(
            f"positions must be [sample 2] or [epoch sample 2], got shape {positions.shape}"
        )
    n_epochs, n, _ = positions.shape
    ids = np.asarray(sample_ids)
    if ids.shape != (n,):
        raise ValueError(f"sample_ids must have one id for each of {n} positions, got {ids.shape}")
    rising = n == 0 or bool((ids[1:] > ids[:-1]).all())  # the usual case, without sorting
    if not rising and len(np.unique(ids)) != n:
        raise ValueError("sample_ids must all be different: give each sample once")
    if n_epochs == 0 or len(epochs) not in ({0, 1} if n_epochs == 1 else {n_epochs}):
        raise ValueError(f"epochs must name each of {n_epochs} epochs, got {len(epochs)} names")
    if len(epochs) > 1 and not (np.diff(np.asarray(epochs, float)) > 0).all():
        raise ValueError(f"epochs must rise, got {list(epochs)}")
    axes = [np.ascontiguousarray(positions[..., axis]) for axis in (0, 1)]
    low = np.array([axis.min() if n else 0 for axis in axes], float)
    high = np.array([axis.max() if n else 1 for axis in axes], float)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError("positions must be finite: leave out or replace NaN and infinity")
    if frame is not None:
        edges = np.array(frame, float)
        if n and ((low < edges[::2]) | (high > edges[1::2])).any():
            raise ValueError(
                f"the frame must hold all positions: they lie in {low[0]:g}..{high[0]:g} and "
                f"{low[1]:g}..{high[1]:g}, got {tuple(map(float, frame))}"
            )
        low, high = edges[::2], edges[1::2]
    size = np.where(high > low, high - low, 1.0)
    coded = np.empty(positions.shape, np.uint16)
    for k, axis in enumerate(axes):
        # Subtract before scaling: far from the origin single precision has no digits to lose.
        share = (axis - axis.dtype.type(low[k])) * axis.dtype.type(65535 / size[k])
        coded[..., k] = np.minimum(share + axis.dtype.type(0.5), 65535)
    meta: dict[str, Any] = {
        "n": n,
        "epochs": [float(epoch) for epoch in epochs],
        "low": low.tolist(),
        "size": size.tolist(),
    }
    arrays: dict[str, np.ndarray] = {"positions": coded}
    if not np.array_equal(ids, np.arange(n)):
        arrays["ids"] = ids.astype(np.int32)
    return meta, arrays


def _per_sample(name: str, values: np.ndarray, n: int, n_epochs: int) -> np.ndarray:
    values = np.asarray(values)
    if values.shape not in {(n,), (n_epochs, n)}:
        raise ValueError(
            f"{name} must have one entry for each of {n} samples (or for each of {n_epochs} epochs"
            f" and samples), got shape {values.shape}"
        )
    return values


def _codes(name: str, values: np.ndarray, n_names: int) -> np.ndarray:
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, got {values.dtype}")
    if values.size and (values.min() < 0 or values.max() >= n_names):
        raise ValueError(
            f"{name} must lie in 0..{n_names - 1}, as there are {n_names} names,"
            f" got {values.min()}..{values.max()}"
        )
    return values.astype(np.uint8 if n_names <= 256 else np.uint16)


def encode_colors(colors: CategoryColors | ValueColors, n: int, n_epochs: int = 1) -> Encoded:
    """Categories or values as codes, with what the legend needs.

    Raises
    ------
    ValueError
        If lengths disagree, a category has no name or colour, or the ends of the ramp are bad.
    """
    values = _per_sample("colors.values", colors.values, n, n_epochs)
    meta: dict[str, Any] = {"n": n, "per_epoch": values.ndim == 2, "title": str(colors.title)}
    if isinstance(colors, CategoryColors):
        names = [str(name) for name in colors.names]
        if len(colors.palette) != len(names):
            raise ValueError(
                f"palette must have one colour for each of {len(names)} names,"
                f" got {len(colors.palette)}"
            )
        meta |= {"kind": "category", "names": names, "palette": list(colors.palette)}
        return meta, {"values": _codes("colors.values", values, len(names))}
    low, high = float(colors.low), float(colors.high)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"low must be below high and both finite, got {low} and {high}")
    if len(colors.ramp) < 2:
        raise ValueError(f"ramp must have two or more colours, got {len(colors.ramp)}")
    share = (values.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    missing = np.isnan(share)
    coded = np.clip(np.where(missing, 0, share), 0, 1) * (MISSING - 1) + 0.5
    coded = np.where(missing, MISSING, coded).astype(np.uint16)
    meta |= {"kind": "value", "ramp": list(colors.ramp), "low": low, "high": high}
    meta["missing"] = bool(missing.any())
    return meta, {"values": coded}


def encode_labels(labels: MapLabels, n: int, n_epochs: int = 1) -> Encoded:
    """True and predicted classes as codes, with the class names, and labels before any flip.

    Raises
    ------
    ValueError
        If lengths disagree or a class has no name.
    """
    names = [str(name) for name in labels.names]
    true = _per_sample("labels.true", labels.true, n, 1)
    predicted = _per_sample("labels.predicted", labels.predicted, n, n_epochs)
    meta = {"n": n, "names": names, "per_epoch": predicted.ndim == 2}
    arrays = {
        "true": _codes("labels.true", true, len(names)),
        "predicted": _codes("labels.predicted", predicted, len(names)),
    }
    if labels.original is not None:
        original = _per_sample("labels.original", labels.original, n, 1)
        arrays["original"] = _codes("labels.original", original, len(names))
    return meta, arrays


def encode_mask(name: str, mask: np.ndarray | None, n: int) -> np.ndarray:
    """The mask as bits, first sample in the highest bit; empty for no mask.

    Raises
    ------
    ValueError
        If the mask does not have one truth value per sample.
    """
    if mask is None:
        return np.zeros(0, np.uint8)
    mask = np.asarray(mask)
    if mask.shape != (n,) or mask.dtype != bool:
        raise ValueError(
            f"{name} must be a truth value for each of {n} samples,"
            f" got {mask.dtype} of shape {mask.shape}"
        )
    return np.packbits(mask)
