import json

import pandas as pd

from pages.export.tables import MOST_ROWS, table

PLAIN = {"_index": {"hidden": True}}


def test_what_a_table_says_is_escaped():
    hostile = "</td><script>alert(1)</script>"
    html = table(pd.DataFrame({hostile: [hostile]}))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 2


def test_numbers_are_written_as_the_page_writes_them():
    frame = pd.DataFrame({"a": [12.345], "b": [0.1234], "c": [1234567], "d": [float("nan")]})
    columns = {
        **PLAIN,
        "a": {"type_config": {"type": "number", "format": "%.1f %%"}},
        "b": {"label": "share", "type_config": {"type": "number", "format": "percent"}},
    }
    html = table(frame, json.dumps(columns))
    for said in ("12.3 %", "12.3%", "1,234,567", "<th>share</th>", '<td class="number"></td>'):
        assert said in html


def test_hidden_columns_stay_away_and_the_order_is_kept():
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    html = table(frame, json.dumps({**PLAIN, "b": {"hidden": True}}), ("c", "b", "a"))
    assert html.index("<th>c</th>") < html.index("<th>a</th>")
    assert "<th>b</th>" not in html


def test_a_long_table_says_what_it_leaves_out():
    html = table(pd.DataFrame({"a": range(MOST_ROWS + 5)}), json.dumps(PLAIN))
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "and 5 more rows" in html


def test_only_pictures_that_stand_in_the_table_are_pictures():
    frame = pd.DataFrame({"p": ["data:image/png;base64,AAAA", "https://x.org/a.png", 'data:"x']})
    html = table(frame, json.dumps(PLAIN))
    assert html.count("<img") == 1
    assert "https://x.org/a.png" in html  # as words
