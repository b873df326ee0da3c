import numpy as np
import pandas as pd
import pytest

from pages.charts.removal import removal_chart
from pages.charts.surface import surface_chart


def curves() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["DeepVID"] * 3 + ["<b>random</b>"] * 3,
            "removed": [0, 1, 2] * 2,
            "mean": [1.0, 0.5, 0.1, 1.0, 0.9, 0.9],
            "low": [1.0, 0.4, 0.0, 1.0, 0.8, 0.8],
            "high": [1.0, 0.6, 0.2, 1.0, 1.0, 1.0],
        }
    )


def grid() -> pd.DataFrame:
    rows = [
        {
            "band": f"band {share} %", "temperature": t, "l2": f"{l2:g}", "kl": 0.1,
            "variation": 0.1, "score": share / 100, "best": (share, t, l2) == (7.5, 1.0, 0.0),
        }
        for share in (7.5, 15.0)
        for t in (1.0, 10.0)
        for l2 in (0.0, 0.01)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_method_has_its_line_and_its_band(theme):
    spec = removal_chart(curves(), ["DeepVID", "<b>random</b>"], theme=theme).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["area", "line"]
    band, line = (layer["encoding"] for layer in spec["layer"])
    assert (band["y"]["field"], band["y2"]["field"], line["y"]["field"]) == ("low", "high", "mean")
    scale = line["color"]["scale"]
    assert scale["domain"] == ["DeepVID", "<b>random</b>"]
    assert len(set(scale["range"])) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_surface_has_a_panel_for_each_band_in_its_order_and_marks_the_best(theme):
    spec = surface_chart(grid(), theme=theme).to_dict()
    assert spec["facet"]["column"]["sort"] == ["band 7.5 %", "band 15.0 %"]
    data = pd.DataFrame(next(iter(spec["datasets"].values())))
    best = data["best"].to_numpy(bool)
    assert best.sum() == 1
    assert np.isclose(data["score"].to_numpy()[best][0], 0.075)
    assert spec["spec"]["layer"][1]["encoding"]["opacity"]["condition"]["test"] == "datum.best"
