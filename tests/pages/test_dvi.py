from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.store import Store
from core.teachers.protocol import Capability, Predictions
from pages.parts import live
from pages.parts.dvi import attack, held
from pages.parts.dvi.labels import best_words
from pages.parts.dvi.properties import conclusion, table
from pages.parts.dvi.territory import KEY
from tests.pages.reading import address, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_dvi import figure_rows, write_toy_dvi
from tests.pages.toy_store import write_toy_store

opened = partial(opened_page, "dvi")
EPOCHS = (1.0, 2.0, 3.0, 4.0)


def happened(page, **event):
    """Let the map report an event, and run the page."""
    page.session_state[KEY] = {"event": {"sequence": 1, "projection": "dvi", **event}}
    page.run()
    assert not page.exception
    return page


@pytest.fixture
def toy(store_folder):
    """A study of four checkpoints with pictures of all of them, three labels flipped."""
    write_toy_store(store_folder, epochs=EPOCHS, flipped=(1, 5, 6))
    write_toy_dvi(store_folder)
    return Store("toy", store_folder)


def test_the_page_opens_on_both_splits_at_the_last_checkpoint(toy):
    page = opened()
    assert not page.warning
    assert "All 40 images" in texts(page)
    assert page.selectbox(key="w_dvi_epoch").value == 4.0


def test_without_pictures_the_page_shows_the_command_that_makes_them(toy_store):
    page = opened()
    assert "dvi_landscape" in texts(page)
    assert "python -m precompute build toy" in texts(page)


def test_a_teacher_without_a_head_is_told_why_and_what_there_is_instead(store_folder):
    write_toy_store(store_folder, lacks=[Capability.HEAD])
    assert "no last linear layer is known" in texts(opened())


def test_a_stage_that_declined_gives_its_reason(store_folder):
    write_toy_store(store_folder)
    write_toy_dvi(store_folder, reason="Pictures need more than *15* training samples.")
    assert "Pictures need more than \\*15\\* training samples" in texts(opened())


def test_one_checkpoint_is_a_still_picture_and_says_so(store_folder):
    write_toy_store(store_folder, epochs=(1.0,))
    write_toy_dvi(store_folder)
    page = opened()
    assert "a still picture" in texts(page)
    looks = page.segmented_control(key="w_look").options
    assert "Epochs" not in looks


def test_stopping_at_a_checkpoint_writes_it_to_the_address(toy):
    page = happened(opened(), kind="epoch", epoch=2.0)
    assert address(page)["epoch"] == "2"
    assert page.selectbox(key="w_dvi_epoch").value == 2.0
    page.session_state[KEY] = {"event": {"sequence": 2, "kind": "epoch", "epoch": 4.0}}
    page.run()
    assert "epoch" not in address(page)


def test_an_epoch_that_the_study_lacks_is_not_believed(toy):
    assert "epoch" not in address(happened(opened(), kind="epoch", epoch=77.0))


def test_a_click_on_a_mark_selects_those_to_whom_it_happened(toy):
    flipped = toy.sql("select sample_id from event where kind = 'flip' and epoch = 3.0")
    page = happened(opened(), kind="mark", mark="flip", epoch=3.0)
    assert address(page)["rule"] == "event~flip~3"
    assert address(page)["epoch"] == "3"
    assert f"{len(flipped)} of 40 images" in texts(page)


def test_a_lasso_is_kept_with_the_checkpoint_on_which_it_was_drawn(toy):
    places = held.story(toy).positions[1]
    page = opened(epoch="2")
    corners = [4.9, -50.0, 50.0, -50.0, 50.0, 50.0, 4.9, 50.0]
    happened(page, kind="lasso", polygon=corners)
    assert address(page)["rule"].startswith("lasso~dvi@2~all~")
    assert f"{(places[:, 0] > 4.9).sum()} of 40 images" in texts(page)
    # The same corners hold others at another checkpoint, but the selection stays what it was.
    page.query_params["epoch"] = "4"
    page.run()
    assert f"{(places[:, 0] > 4.9).sum()} of 40 images" in texts(page)


def correct(store):
    table = store.table("prediction").sort_values(["epoch", "sample_id"])
    label = store.table("samples").sort_values("sample_id")["label"].to_numpy()
    return table["predicted"].to_numpy().reshape(len(EPOCHS), -1) == label


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("forgotten~1~3", lambda right: right[0] & ~right[2]),
        ("never", lambda right: ~right.any(0)),
        ("late~2", lambda right: right[1:].all(0) & ~right[0]
         | right[2:].all(0) & ~right[1] | right[3] & ~right[2]),
    ],
)  # fmt: skip
def test_queries_over_time_find_whom_they_name(toy, rule, expected):
    n = int(expected(correct(toy)).sum())
    assert f"· {n} of 40 images" in texts(opened(rule=rule))


@pytest.mark.parametrize(
    "rule", ["forgotten~3~1", "forgotten~1~9", "late~0.5", "event~flop~2", "round~random~2"]
)
def test_a_query_that_does_not_fit_the_study_is_ignored_in_words(toy, rule):
    page = opened(rule=rule)
    assert "Ignored" in page.warning[0].value
    assert "All 40 images" in texts(page)


def test_asking_for_the_forgotten_takes_the_span_that_lost_most(toy):
    page = opened()
    page.pills(key="w_query").set_value("forgotten").run()
    right = correct(toy)
    lost = (right[:3] & ~right[3]).sum(1)
    assert address(page)["rule"] == f"forgotten~{1 + int(lost.argmax())}~4"


def test_neighbours_kept_and_lost_are_those_of_a_plain_search(toy):
    sample, k = 3, 5  # a training sample: sought among training samples
    page = opened(look="neighbors", sample=str(sample), k=str(k), epoch="2")
    train = np.flatnonzero(~held.reads.samples(toy).is_test)
    train = train[train != sample]
    high = np.array(toy.array("predictions", "representation", 2.0))
    low = held.story(toy).positions[1]

    def near(points):
        away = np.linalg.norm(points[train] - points[sample], axis=1)
        return set(train[np.argsort(away)[:k]].tolist())

    kept = len(near(high) & near(low))
    assert f"Of the **{k}** nearest of image 3 among 24 training images" in texts(page)
    assert f"keeps **{kept}**" in texts(page)


def test_a_test_sample_is_compared_with_all_images(toy):
    assert "among 40 images" in texts(opened(look="neighbors", sample="30"))


def test_the_ranking_says_how_many_flipped_labels_it_found(toy):
    page = opened(look="labels", suspects="10")
    row = toy.sql("select precision, recall from noise_score where method = 'dvi' and rank = 10")
    assert "3 of 24 training labels were flipped on purpose" in texts(page)
    assert f"{row['precision'][0]:.1%} are flipped" in texts(page)
    ranked = next(f.value for f in page.dataframe if "rank" in f.value)
    assert ranked["rank"].tolist() == list(range(1, 11))


def test_checkpoints_where_accuracy_fell_come_deepest_first(toy):
    page = opened(look="epochs")
    accuracy = correct(toy).mean(1)
    fell = [e for e, change in zip(EPOCHS[1:], np.diff(accuracy), strict=True) if change < 0]
    if fell:
        deepest = EPOCHS[1:][int(np.diff(accuracy).argmin())]
        assert page.pills(key="w_dropped").options[0].startswith(f"epoch {deepest:g} ")
    page.pills(key="w_moved").set_value(3.0).run()
    assert address(page)["epoch"] == "3"


def test_two_checkpoints_stand_side_by_side(toy):
    page = opened(epoch="3", epoch2="1")
    assert "**A toy, epoch 3**" in texts(page)
    assert "**A toy, epoch 1**" in texts(page)


def test_two_runs_stand_side_by_side_and_a_run_without_pictures_does_not(toy, store_folder):
    write_toy_store(store_folder, "plain", epochs=EPOCHS)
    write_toy_store(store_folder, "second", epochs=EPOCHS, seed=3, title="Another toy")
    write_toy_dvi(store_folder, "second")
    page = opened(study="toy", study2="second")
    assert "**Another toy, epoch 4**" in texts(page)
    assert page.selectbox(key="w_study2").options == ["second"]
    said = opened(study="toy", study2="plain").warning[0].value
    assert "the other runs with pictures are second" in said


def test_rounds_show_each_strategy_and_their_images_can_be_followed(store_folder):
    write_toy_store(store_folder, epochs=EPOCHS)
    write_toy_dvi(store_folder, strategies=("random", "core_set"))
    page = opened(look="rounds")
    assert "Landscape of the model of round 1" in texts(page)
    shown = next(f.value for f in page.dataframe if "strategy" in f.value)
    assert shown["strategy"].tolist() == ["core-set", "random"]
    page.button(key="w_follow_random").click().run()
    assert not page.exception
    assert address(page)["rule"] == "round~random~2"
    assert "7 of 40 images" in texts(page)


def test_without_attacks_in_training_there_is_no_panel_for_them(toy):
    page = opened(look="attack")
    assert "this study has sample, neighbors, epochs, labels" in page.warning[0].value


def figures():
    rows = figure_rows(EPOCHS)
    return pd.DataFrame(rows, columns=["metric", "method", "split", "epoch", "value"]).assign(n=40)


def test_the_conclusion_names_what_is_best_and_what_is_behind():
    frame = table(figures(), "train", 4.0, 15)
    said = conclusion(frame, "dvi", "train", 4.0, 15)
    assert "best or level in boundary kept (0.80; next DVI-T 0.70)" in said
    assert said.endswith("it is behind in neighbours kept (0.50; t-SNE 0.60).")


def test_a_method_that_is_worst_in_everything_is_not_praised():
    frame = table(figures(), "train", 4.0, 15)
    assert "best in nothing" in conclusion(frame, "pca", "train", 4.0, 15)


def test_properties_that_a_method_lacks_stay_empty():
    frame = table(figures(), "test", 2.0, 15)
    assert np.isnan(frame.loc["tsne", "predictions kept"])
    assert frame.index.tolist()[0] == "dvi"


@pytest.mark.parametrize("color", ["true", "predicted", "correct", "entropy", "true_probability",
                                   "learned_at", "noise"])  # fmt: skip
def test_every_colour_draws(toy, color):
    page = opened(color=color)
    assert page.selectbox(key="w_dvi_color").value == color
    assert not page.warning


def test_the_page_ends_with_where_it_comes_from(toy):
    page = opened()
    assert any("Where this comes from" in e.label for e in page.expander)
    stages = next(f.value for f in page.dataframe if "stage" in f.value)["stage"].tolist()
    assert {"dvi", "dvi_landscape", "dvi_history", "dvi_evaluation"} <= set(stages)


class Projected:
    """A visual model that knows where the stored samples are."""

    def __init__(self, places):
        self.places = places

    def project(self, representations):
        return self.places[: len(representations)]


def test_the_attacked_images_followed_are_the_nearest_ones(toy, monkeypatch):
    images = np.array(toy.array("dataset", "images"))

    def judged(store, given, epoch):
        """Say of unchanged images what the store says of them."""
        ids = [int(np.flatnonzero((images == one).all((1, 2, 3)))[0]) for one in given]
        said = (np.array(store.array("predictions", name, epoch)[ids])
                for name in ("logits", "representation"))  # fmt: skip
        return Predictions(*said)

    monkeypatch.setattr(attack, "trained_on_attacks", lambda store: True)
    monkeypatch.setattr(attack, "ATTACKED", 12)
    monkeypatch.setattr(attack, "FOLLOWED", 4)
    monkeypatch.setattr(live, "why_not", lambda store: None)
    monkeypatch.setattr(live, "attacked", lambda store, given, labels, epoch: given)
    monkeypatch.setattr(live, "judged", judged)
    monkeypatch.setattr(
        live, "visual_model", lambda store, epoch: Projected(held.story(store).positions[0])
    )
    page = opened(look="attack", sample="30", split="test")
    page.button(key="w_attack").click().run()
    assert not page.exception
    assert "of the 4 attacked images as their label" in texts(page)

    samples = held.reads.samples(toy)
    others = np.flatnonzero(~samples.is_test & (samples.label != samples.label[30]))
    high = np.array(toy.array("predictions", "representation", 4.0))
    near = others[np.argsort(np.linalg.norm(high[others] - high[30], axis=1))[:4]]
    found = attack._attacked(toy, str(toy.root), "toy", toy.fingerprint, 30, 4.0)
    assert sorted(found.source.tolist()) == sorted(near.tolist())
    assert found.guests.positions.shape == (4, 4, 2)


def test_attacked_images_that_a_stage_made_are_shown_without_a_model(
    toy, store_folder, monkeypatch
):
    write_toy_dvi(store_folder, attacked=True)
    monkeypatch.setattr(attack, "trained_on_attacks", lambda store: True)
    monkeypatch.setattr(live, "why_not", lambda store: "no torch here")
    page = opened(look="attack", sample="30", split="test")
    assert page.button(key="w_attack").disabled
    assert "of the 4 attacked images as their label" in texts(page)
    assert "Of 6 training images attacked at epoch 4" in texts(page)


def test_the_ranking_says_when_a_plainer_score_is_better():
    assert "adds nothing" in best_words({"dvi": 0.9, "last_loss": 0.95})
    assert "ahead of reluctance" in best_words({"dvi": 0.9, "dvi_reluctance": 0.8})
    assert best_words({}) == ""
