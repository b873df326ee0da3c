import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pages.charts import palette
from pages.charts.palette import Theme, categorical

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear sRGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
LUMINANCE = np.array([0.2126729, 0.7151522, 0.0721750])
THEMES: list[Theme] = ["light", "dark"]
CONFIG = Path(__file__).parents[3] / ".streamlit/config.toml"
BACKGROUND = {
    theme: tomllib.loads(CONFIG.read_text())["theme"][theme]["backgroundColor"] for theme in THEMES
}


def linear(code):
    c = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return to_lab @ np.cbrt(to_lms @ np.clip(rgb, 0, 1))


def contrast(one, other):
    bright, dim = sorted((LUMINANCE @ linear(one), LUMINANCE @ linear(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def nearest_pair(codes, vision):
    seen = [oklab(VISION[vision] @ linear(code)) for code in codes]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("vision", "distance"), [("normal", 0.17), ("protanopia", 0.10), ("deuteranopia", 0.10)]
)
def test_ten_classes_can_be_told_apart_by_colour_blind_readers(theme, vision, distance):
    assert nearest_pair(categorical(10, theme), vision) >= distance


def test_the_distance_check_refuses_the_usual_red_and_green():
    assert nearest_pair(["#d62728", "#8c564b"], "deuteranopia") < 0.10


@pytest.mark.parametrize("theme", THEMES)
def test_every_category_stands_out_from_the_background(theme):
    background = BACKGROUND[theme]
    assert all(contrast(code, background) >= 2.99 for code in categorical(60, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_the_background(theme):
    background = BACKGROUND[theme]
    for text in (palette.INK, palette.MUTED, palette.RED):
        assert contrast(text[theme], background) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_right_and_wrong_can_be_told_apart(theme, vision):
    assert nearest_pair(palette.RIGHT_OR_WRONG[theme], vision) >= 0.10


def test_more_than_ten_classes_keep_the_first_ten_and_never_repeat_a_colour():
    many = categorical(100)
    assert many[:10] == categorical(10)
    assert len(set(many)) == 100


def test_a_negative_number_of_classes_is_refused():
    with pytest.raises(ValueError, match="got -1"):
        categorical(-1)
