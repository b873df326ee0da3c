"""Text can be read in both themes: at least 4.5 to 1, faded words too."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pages.charts import palette
from pages.charts.confusion import TURN
from pages.parts import density
from tests.pages.charts.test_palette import LUMINANCE, THEMES, contrast, linear

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())["theme"]
LEAST = 4.5
CAPTION = 0.6  # the strength at which Streamlit writes captions and the icons of its bar


def seen(text, ground, strength):
    """Return the colour of text of a strength on a ground, as a code."""
    front, back = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (text, ground))
    return "#" + "".join(f"{round(v):02x}" for v in strength * front + (1 - strength) * back)


def strengths():
    """Return every opacity that our own style gives to text."""
    return sorted({float(value) for value in re.findall(r"opacity: (0?\.\d+)", density._STYLE)})


def ramp(share):
    """Return the matrix's colour at a share of its logarithmic scale."""
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in palette.WHITE_TO_RED])
    place = share * (len(stops) - 1)
    low = min(int(place), len(stops) - 2)
    color = stops[low] + (place - low) * (stops[low + 1] - stops[low])
    return "#" + "".join(f"{round(v):02x}" for v in color)


@pytest.mark.parametrize("theme", THEMES)
def test_the_themes_text_and_its_links_can_be_read(theme):
    colors = CONFIG[theme]
    for ground in (colors["backgroundColor"], colors["secondaryBackgroundColor"]):
        assert contrast(colors["textColor"], ground) >= LEAST
        assert contrast(colors["primaryColor"], ground) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_captions_can_be_read(theme):
    colors = CONFIG[theme]
    ground = colors["backgroundColor"]
    assert contrast(seen(colors["textColor"], ground, CAPTION), ground) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_what_our_style_fades_can_be_read(theme):
    colors = CONFIG[theme]
    ground = colors["backgroundColor"]
    assert strengths()
    for strength in strengths():
        assert contrast(seen(colors["textColor"], ground, strength), ground) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_the_text_of_charts_is_the_themes_and_its_quieter_words_can_be_read(theme):
    colors = CONFIG[theme]
    assert palette.INK[theme] == colors["textColor"]
    for text in (palette.INK, palette.MUTED, palette.RED):
        assert contrast(text[theme], colors["backgroundColor"]) >= LEAST
        assert contrast(text[theme], colors["secondaryBackgroundColor"]) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_on_a_primary_button_can_be_read(theme):
    assert contrast(density.ON_PRIMARY[theme], CONFIG[theme]["primaryColor"]) >= LEAST


@pytest.mark.parametrize("share", np.linspace(0, 1, 41))
def test_the_digits_of_the_matrix_can_be_read_on_every_red(share):
    digit = "#ffffff" if share > TURN else "#000000"
    assert contrast(digit, ramp(share)) >= LEAST


def test_the_measure_gives_black_on_white_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=0.01)
    assert LUMINANCE @ linear("#ffffff") == pytest.approx(1, abs=1e-4)
