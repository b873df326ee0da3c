import re
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.store import Store
from pages.parts.trust.measures import LENSES, Measure
from pages.parts.trust.standing import MOST, standing, verdict
from pages.parts.trust.table import table, words_for
from tests.pages.reading import html, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_store import HOSTILE, write_toy_store
from tests.pages.toy_summit import write_imported
from tests.pages.toy_whole import write_toy_whole

opened = partial(opened_page, "trust")
MEASURE = Measure("dvi", "ppr", "predictions kept", "Share that survives.", ("dvi", "dvi_t"))


def figures(rows, *, better="higher", view="dvi", metric="ppr"):
    """Return a table of figures from rows: method, split, epoch, value, low, high."""
    table = pd.DataFrame(rows, columns=["method", "split", "epoch", "value", "low", "high"])
    return table.assign(view=view, metric=metric, n=100, unit="share", better=better)


def row(method, value, low=np.nan, high=np.nan, split="test", epoch=1.0):
    return method, split, epoch, value, low, high


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    assert "make build" in texts(opened())


def test_without_figures_the_page_names_what_makes_them(store_folder):
    write_toy_store(store_folder, stages=("dataset",))
    assert "python -m precompute build toy" in texts(opened())


def test_every_lens_has_its_figures_and_says_what_it_cannot_tell(store_folder):
    write_toy_whole(store_folder)
    page = opened()
    words = texts(page)
    for lens in LENSES:
        assert f"##### {lens.title}" in words.replace("\\", "")
    assert words.count("What it cannot tell:") >= len(LENSES)
    drawn = html(page)
    assert "trustworthiness" in drawn
    assert "same top class" in drawn


def test_a_study_of_published_graphs_says_that_nobody_judged_it(store_folder):
    write_imported(store_folder)
    words = texts(opened(study="published"))
    assert "python -m precompute build published" in words or "Nobody has judged" in words


def test_hostile_words_stay_words(store_folder):
    write_toy_whole(store_folder, names=HOSTILE, title="<script>alert(1)</script>")
    assert "<script>" not in html(opened())


def test_the_test_split_and_the_last_checkpoint_count():
    table = figures([row("dvi", 0.1, split="train"), row("dvi", 0.2), row("dvi", 0.3, epoch=2.0)])
    found = standing(table, MEASURE)
    assert found is not None
    assert [(one.method, one.value) for one in found.rows] == [("dvi", 0.3)]
    assert (found.split, found.epoch) == ("test", 2.0)


@pytest.mark.parametrize(("better", "order"), [("higher", ["a", "dvi"]), ("lower", ["dvi", "a"])])
def test_the_best_stands_first(better, order):
    found = standing(figures([row("dvi", 0.2), row("a", 0.4)], better=better), MEASURE)
    assert found is not None
    assert [one.method for one in found.rows] == order


def test_a_figure_that_nobody_took_is_none():
    assert standing(figures([row("dvi", np.nan)]), MEASURE) is None
    assert standing(figures([row("dvi", 0.5)], metric="rec_pv"), MEASURE) is None


@pytest.mark.parametrize(
    ("own", "other", "better", "said"),
    [
        ((0.6, 0.5, 0.7), (0.4, 0.3, 0.45), "higher", "Ahead .* 0.2; .* do not overlap"),
        ((0.6, 0.3, 0.7), (0.4, 0.3, 0.45), "higher", "Ahead .* intervals overlap"),
        ((0.6, 0.5, 0.7), (0.4, 0.3, 0.45), "lower", "Behind .* do not overlap"),
        ((0.6, np.nan, np.nan), (0.4, 0.3, 0.45), "lower", r"Behind the best other by 0.2\.$"),
        ((0.4, 0.3, 0.5), (0.4, 0.3, 0.45), "lower", "Level"),
    ],
)
def test_the_sentence_says_who_is_ahead_and_whether_that_may_be_chance(own, other, better, said):
    found = standing(figures([row("dvi", *own), row("pca", *other)], better=better), MEASURE)
    assert found is not None
    assert re.search(said, verdict(found))


def test_the_lens_is_judged_by_the_method_it_shows():
    rows = [row("dvi_t", 0.9), row("pca", 0.5), row("dvi", 0.2)]
    found = standing(figures(rows), MEASURE)
    assert found is not None
    assert verdict(found).startswith("Behind the best other by 0.3")


def test_a_lens_alone_is_ahead_of_nobody():
    found = standing(figures([row("dvi", 0.9), row("dvi_t", 0.5)]), MEASURE)
    assert found is not None
    assert verdict(found) == ""


def test_of_many_methods_ours_stay_and_the_rest_is_counted():
    rows = [row(f"m{k:02}", 1 - k / 100) for k in range(20)] + [row("dvi", 0.01)]
    found = standing(figures(rows), MEASURE)
    assert found is not None
    assert len(found.rows) == MOST
    assert found.rows[-1].method == "dvi"
    assert found.left_out == 21 - MOST


def test_bars_stay_inside_and_negative_ones_end_at_zero():
    found = standing(figures([row("dvi", -0.5, -0.6, -0.4), row("pca", 0.2)]), MEASURE)
    assert found is not None
    drawn = table([found], "light")
    spans = [
        (float(left), float(width))
        for left, width in re.findall(r"left:([\d.-]+)%;width:([\d.-]+)%", drawn)
    ]
    assert len(spans) == 3
    assert all(left >= 0 and left + width <= 100.01 for left, width in spans)
    zero = 100 * 0.6 / 1.6
    assert any(abs(left + width - zero) < 0.1 for left, width in spans)


def test_every_measure_has_its_own_reading():
    every = [measure for lens in LENSES for measure in lens.measures]
    assert len({(m.view, m.metric) for m in every}) == len(every)
    assert all(m.reading.endswith(".") for m in every)
    assert all(lens.limits.endswith(".") for lens in LENSES)


def test_methods_have_names_in_words(store_folder):
    write_toy_whole(store_folder)
    rows = Store("toy", store_folder).table("figure")
    for view, method in set(zip(rows["view"], rows["method"], strict=True)):
        assert words_for(view, method).strip()
    assert words_for("darksight", "tsne_logits_kde") == "density of t-SNE of logits"
    assert words_for("darksight", "probabilities_dirichlet") == "Dirichlet mixture on probabilities"
