"""The colours of every picture: categories, right and wrong, counts, text.

The ten category colours of each theme were found by a search that kept at least 3:1 contrast to
the theme's background and made the smallest distance between any two of them, seen normally and
with simulated protanopia and deuteranopia, as large as it would go (OKLab). The test repeats the
simulation. Both lists are in the same order, so a class keeps its kind of hue in either theme.
"""

import math
from typing import Literal

Theme = Literal["light", "dark"]

INK: dict[Theme, str] = {"light": "#14181d", "dark": "#e8eaed"}
MUTED: dict[Theme, str] = {"light": "#646a76", "dark": "#a3a8b4"}
RULE: dict[Theme, str] = {"light": "#dfe2e7", "dark": "#363b44"}
BAR: dict[Theme, str] = {"light": "#5a86b8", "dark": "#5f8fc9"}
RED: dict[Theme, str] = {"light": "#c4161c", "dark": "#ff7072"}
RIGHT_OR_WRONG: dict[Theme, tuple[str, str]] = {
    "light": ("#4f8fc0", "#c4161c"),
    "dark": ("#4c86b8", "#ff7072"),
}
RAMP: dict[Theme, tuple[str, ...]] = {
    "light": ("#8496ab", "#6d83c4", "#8a4bb3", "#b3155f"),
    "dark": ("#56687f", "#6f7fd6", "#d473c4", "#ffd27a"),
}
"""From what is usual to what deserves a look."""
WHITE_TO_RED = ("#ffffff", "#fdd0bb", "#f9906f", "#e5493a", "#a50f15")

_TEN: dict[Theme, tuple[str, ...]] = {
    "light": (
        "#1e69b4", "#e1783c", "#2da596", "#b42d78", "#786900",
        "#b41eff", "#004b00", "#9687e1", "#5a1e69", "#0f00c3",
    ),
    "dark": (
        "#0069ff", "#ff8700", "#1ed2a5", "#ff0069", "#5a780f",
        "#a53cb4", "#96ff00", "#8796c3", "#ffb4ff", "#e1f0c3",
    ),
}  # fmt: skip
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_LIGHTNESS: dict[Theme, tuple[float, ...]] = {
    "light": (0.42, 0.62, 0.52),
    "dark": (0.62, 0.86, 0.74),
}


def categorical(count: int, theme: Theme = "light") -> list[str]:
    """Return one colour for each of `count` classes, as hexadecimal codes.

    Up to ten classes get the searched colours. Beyond, hues a golden angle apart on three levels
    of lightness continue them: neighbours in the list stay apart, but with many classes colour
    alone cannot name one, and pictures need a label beside it.
    """
    if count < 0:
        raise ValueError(f"the number of classes must not be negative, got {count}")
    return [_TEN[theme][i] if i < 10 else _generated(i, theme) for i in range(count)]


def _generated(index: int, theme: Theme) -> str:
    lightness = _LIGHTNESS[theme][index % 3]
    hue = index * _GOLDEN_ANGLE
    chroma = 0.17
    while chroma > 0.01 and not _in_gamut(rgb := _oklch(lightness, chroma, hue)):
        chroma -= 0.01
    rgb = _oklch(lightness, chroma, hue)
    return "#" + "".join(f"{round(255 * _gamma(min(max(c, 0.0), 1.0))):02x}" for c in rgb)


def _in_gamut(rgb: tuple[float, float, float]) -> bool:
    return all(0.0 <= c <= 1.0 for c in rgb)


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Return linear sRGB (Ottosson 2020, "A perceptual color space for image processing")."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )
