"""The charts of the Saliency page, each written with Altair's own check."""

import numpy as np
import pandas as pd
import pytest

from pages.charts.saliency_curves import saliency_curves_chart
from pages.charts.synthetic import LABELS, synthetic_chart
from pages.parts.saliency.synthetic import spread


def curves() -> pd.DataFrame:
    rows = [
        {"name": name, "game": game, "share": share, "mean": 0.5, "low": 0.4, "high": 0.6}
        for name in ("Re-label", "<b>RISE</b>")
        for game in ("deletion", "insertion")
        for share in (0.0, 0.5, 1.0)
    ]
    return pd.DataFrame(rows)


def neighbors() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": [0.0, 1.0, 2.0],
            "y": [0.0, 1.0, 0.0],
            "label": [LABELS[0], LABELS[1], LABELS[1]],
            "class": ["3", "<script>", "5"],
            "image": ["data:image/png;base64,AA==", "data:image/png;base64,AA==", ""],
            "large": [True, False, False],
        }
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_games_stand_side_by_side_with_one_legend_that_picks(theme):
    spec = saliency_curves_chart(curves(), ["Re-label", "<b>RISE</b>"], theme=theme).to_dict()
    assert spec["facet"]["column"]["field"] == "game"
    assert [param["bind"] for param in spec["params"]] == ["legend"]
    colors = spec["spec"]["layer"][0]["encoding"]["color"]["scale"]
    assert len(colors["range"]) == len(colors["domain"]) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_synthetic_images_are_coloured_by_their_new_label(theme):
    spec = synthetic_chart(neighbors(), theme=theme).to_dict()
    dots, _, pictures = spec["layer"]
    assert dots["encoding"]["color"]["scale"]["domain"] == list(LABELS)
    assert pictures["mark"]["type"] == "image"
    assert "datum.large" in pictures["transform"][0]["filter"]


def test_pictures_are_spread_over_the_plane_and_only_where_there_are_any():
    points = np.array([[0.0, 0.0], [0.1, 0.0], [9.0, 0.0], [5.0, 5.0]])
    allowed = np.array([True, True, True, False])
    assert spread(points, allowed, 2).tolist() == [0, 2]
    assert sorted(spread(points, allowed, 9).tolist()) == [0, 1, 2]
    assert spread(points, np.zeros(4, bool), 3).tolist() == []
