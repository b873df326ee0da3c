"""Channels are drawn one by one and kept; what decides them is in their keys."""

import shutil

import pytest

from core.store import Store
from precompute.given import Content
from precompute.pipeline import STAGES
from precompute.plan import plan
from precompute.settings import Summit, load_study
from precompute.stages import summit_pictures
from precompute.stages.summit_pictures import drawing
from tests.precompute import summit_toys as toys
from tests.precompute.summit_toys import developed


def pictures(store: Store) -> list[tuple]:
    rows = store.sql(
        "select layer, channel, variant, picture from feature_visualization order by all"
    )
    return [tuple(row) for row in rows.itertuples(index=False)]


@pytest.fixture
def drawn(monkeypatch) -> list[tuple[int, int]]:
    """The channels that are drawn from now on, as layer and channel."""
    made: list[tuple[int, int]] = []
    keep = summit_pictures.Channel.keep

    def noted(channel, variants):
        keep(channel, variants)
        made.append((channel.layer, channel.number))

    monkeypatch.setattr(summit_pictures.Channel, "keep", noted)
    return made


def test_a_drawing_that_was_cut_off_goes_on_and_ends_the_same(tmp_path, drawn, monkeypatch):
    text = toys.study(summit="variants = 2")
    whole = pictures(developed(tmp_path, text, "whole"))
    assert len(drawn) == 6
    assert len(whole) == 12
    drawn.clear()

    visualize = summit_pictures.visualize

    def cut_off(*arguments, **keywords):
        for number, found in enumerate(visualize(*arguments, **keywords)):
            if number == 2:
                raise KeyboardInterrupt
            yield found

    monkeypatch.setattr(summit_pictures, "visualize", cut_off)
    with pytest.raises(KeyboardInterrupt):
        developed(tmp_path, text, "cut")
    assert len(drawn) == 2
    monkeypatch.setattr(summit_pictures, "visualize", visualize)
    assert pictures(developed(tmp_path, text, "cut")) == whole
    assert sorted(drawn) == sorted({row[:2] for row in whole})  # each once


def test_other_graphs_find_the_channels_that_are_drawn(tmp_path, drawn):
    developed(tmp_path, toys.study("with_hub", summit='exclude = ["hub"]'))
    assert len(drawn) == 6
    drawn.clear()
    developed(tmp_path, toys.study("with_hub"))
    assert drawn == [(0, 3)]


def test_a_damaged_channel_is_drawn_again(tmp_path, drawn):
    store = developed(tmp_path, toys.study())
    before = pictures(store)
    drawn.clear()
    shutil.rmtree(store.path("summit_pictures"))
    (file, *_) = sorted((tmp_path / "store/squares/summit_channel").glob("*/*.parquet"))
    file.write_bytes(file.read_bytes()[:-10])
    assert pictures(developed(tmp_path, toys.study())) == before
    assert len(drawn) == 1


def test_settings_of_a_later_stage_leave_the_earlier_ones_alone():
    def keys(*overrides: str) -> dict[str, str]:
        steps = plan(load_study("tiny", overrides), STAGES, Content(""))
        return {step.stage.name: step.key for step in steps if "summit" in step.stage.name}

    before = keys()

    def changed(*overrides: str) -> set[str]:
        after = keys(*overrides)
        return {name for name, key in before.items() if after.get(name) != key}

    assert changed("summit.pictures=fine") == {"summit_pictures"}
    graphs = {"summit_graphs", "summit_patches", "summit_evaluation", "summit_pictures"}
    assert changed("summit.neighbors=5") == graphs
    assert changed('summit.exclude=["hub"]') == graphs
    assert changed("summit.images=7") == {"summit", *graphs}
    assert changed("summit.preset=paper") == {"summit", *graphs}
    assert changed("summit.preset=relevance") == {"summit", *graphs}
    assert changed("summit.pictures=off") == {"summit_pictures"}
    assert changed("projections.perplexity=5") == set()


def test_photographs_are_drawn_smaller_and_small_images_at_their_own_size():
    assert (drawing(Summit(), (224, 224), 10, 0).size, drawing(Summit(), (28, 28), 10, 0).size) == (
        96,
        0,
    )
    fine = drawing(Summit(pictures="fine"), (224, 224), 10, 0)
    assert (fine.size, fine.steps) == (128, 512)
    assert drawing(Summit(pictures="fine"), (28, 28), 10, 0).steps == 512


def test_more_than_a_thousand_channels_have_variants_on_demand_only():
    assert drawing(Summit(), (28, 28), 1_000, 0).variants == 4
    assert drawing(Summit(), (28, 28), 1_001, 0).variants == 1
    assert drawing(Summit(variants=3), (28, 28), 1_001, 0).variants == 3
