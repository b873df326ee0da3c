"""How the map colours samples, landscape and guests: as every lens colours the same class."""

from dataclasses import dataclass

import numpy as np

from pages.charts.palette import MUTED, RAMP, RIGHT_OR_WRONG, categorical
from pages.components.encoding import CategoryColors, ValueColors
from pages.components.epochs import Land
from pages.parts.class_colors import class_colors
from pages.parts.dvi import held
from pages.parts.dvi.held import Story
from pages.parts.scene import Scene
from pages.parts.view import Color
from pages.parts.wording import COLOR_WORDS

COLORS: tuple[Color, ...] = (
    "true",
    "predicted",
    "correct",
    "true_probability",
    "entropy",
    "learned_at",
    "noise",
)
DEFAULT_COLOR: Color = "true"


@dataclass(frozen=True, eq=False)
class Guests:
    """Places of what is no sample of the study: [epoch guest 2], classes, words for the caption."""

    positions: np.ndarray
    label: np.ndarray
    predicted: np.ndarray  # [epoch guest]


def colors_by_class(seen: Scene) -> list[str]:
    """Return each class's colour by class number, as all lenses colour it."""
    colors = [MUTED[seen.theme]] * seen.classes
    for class_, color in zip(seen.present, categorical(len(seen.present), seen.theme), strict=True):
        colors[class_] = color
    return colors


def land(seen: Scene, told: Story, rows: slice = slice(None)) -> Land:
    """Return the landscapes of the checkpoints `rows` in the theme's colours."""
    return Land(
        told.classes[rows],
        told.confidence[rows],
        told.margin[rows],
        told.extent,
        seen.names,
        colors_by_class(seen),
    )


def colors_of(seen: Scene, told: Story, ids: np.ndarray) -> CategoryColors | ValueColors:
    """Return the colours of samples, by checkpoint where they change with it."""
    said, color, theme = held.answers(seen.store), seen.view.color, seen.theme
    title = COLOR_WORDS[color]
    match color:
        case "predicted":
            classes = said.predicted[:, ids]
            return class_colors(classes, seen.present, seen.names, theme, title)
        case "correct":
            wrong = (said.predicted != seen.samples.label)[:, ids].astype(np.int32)
            return CategoryColors(wrong, ("right", "wrong"), RIGHT_OR_WRONG[theme], title)
        case "true_probability":
            values = said.true_probability[:, ids]
            return ValueColors(values, RAMP[theme][::-1], 0.0, 1.0, title)
        case "entropy":
            values = said.entropy[:, ids]
            most = max(float(values.max(initial=0.0)), 1e-3)
            return ValueColors(values, RAMP[theme], 0.0, most, f"{title} (nats)")
        case "learned_at" if (since := held.learned_at(seen.store)) is not None:
            first, last = told.epochs[0], max(told.epochs[-1], told.epochs[0] + 1)
            return ValueColors(since[ids], RAMP[theme], first, last, f"{title}; grey: ends wrong")
        case "noise" if len(table := held.suspicions(seen.store, "dvi")):
            score = np.full(len(seen.samples.label), np.nan)
            score[table["sample_id"].to_numpy()] = table["score"].to_numpy()
            most = max(float(np.nanmax(score)), 1e-3)
            return ValueColors(score[ids], RAMP[theme], 0.0, most, f"{title}; grey: test images")
    return class_colors(
        seen.samples.label[ids], seen.present, seen.names, theme, COLOR_WORDS["true"]
    )


def with_guests(
    seen: Scene, colors: CategoryColors | ValueColors, guests: Guests
) -> CategoryColors | ValueColors:
    """Return the colours with those of guests, by label; where values colour, guests are grey."""
    if isinstance(colors, ValueColors):
        unknown = np.full((*colors.values.shape[:-1], guests.label.size), np.nan, np.float32)
        values = np.concatenate([colors.values, unknown], axis=-1)
        return ValueColors(values, colors.ramp, colors.low, colors.high, colors.title)
    own = class_colors(guests.label, seen.present, seen.names, seen.theme, colors.title).values
    if colors.values.ndim == 2:
        own = np.broadcast_to(own, (len(colors.values), len(own)))
    values = np.concatenate([colors.values, own], axis=-1)
    return CategoryColors(values, colors.names, colors.palette, colors.title)
