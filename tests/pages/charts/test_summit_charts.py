"""Charts of Summit's page: shares over layers, falls with intervals."""

import numpy as np
import pandas as pd
import pytest

from pages.charts.intervals import interval_rows
from pages.charts.layers import layer_lines


def values(spec):
    return [row for rows in spec["datasets"].values() for row in rows]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_layers_stand_in_the_networks_order_and_gaps_are_left_out(theme):
    table = pd.DataFrame(
        {"layer": [0, 1, 10, 2], "name": ["a"] * 4, "share": [0.1, 0.2, 0.9, np.nan]}
    )
    layers = [f"<b>{number}</b>" for number in range(11)]
    spec = layer_lines(table, layers, ["a", "teacher"], theme=theme).to_dict()
    assert [row["layer"] for row in values(spec)] == ["0 <b>0</b>", "1 <b>1</b>", "10 <b>10</b>"]
    x = spec["layer"][0]["encoding"]["x"]
    assert x["sort"] == x["scale"]["domain"] == [f"{n} <b>{n}</b>" for n in range(11)]


def test_layers_of_one_name_stay_apart():
    table = pd.DataFrame({"layer": [0, 1], "name": ["a", "a"], "share": [0.1, 0.2]})
    spec = layer_lines(table, ["same", "same"], ["a"]).to_dict()
    assert len({row["layer"] for row in values(spec)}) == 2


def test_methods_keep_their_order_and_intervals_their_ends():
    table = pd.DataFrame(
        {"name": ["b", "a"], "value": [0.5, 0.2], "low": [0.4, 0.1], "high": [0.6, 0.3],
         "other": [0.1, np.nan]}
    )  # fmt: skip
    spec = interval_rows(table, ["b", "a"], title="fall", other="others").to_dict()
    hollow, line, point = spec["layer"]
    assert point["encoding"]["y"]["sort"] == ["b", "a"]
    assert (line["encoding"]["x"]["field"], line["encoding"]["x2"]["field"]) == ("low", "high")
    assert hollow["mark"]["filled"] is False
