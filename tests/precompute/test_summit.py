"""The stages of Summit on a network whose graphs are known by hand, and on teachers without any."""

import io

import numpy as np
import pytest
from PIL import Image

from core.store import MissingArtifact, Store
from tests.precompute import summit_toys as toys
from tests.precompute.summit_toys import SUMMIT, developed

COPIES, MOVES = 0, 1


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return developed(tmp_path_factory.mktemp("squares"), toys.study())


def graph(store: Store, color: str) -> tuple[list, list]:
    """Vertices (layer, channel) and edges (layer, channel in, channel out) of a class."""
    label = toys.OUTPUTS[color]
    vertices = store.sql(
        "select layer, channel from graph_vertex where class = ? order by all", [label]
    )
    edges = store.sql(
        "select layer, channel_in, channel_out from graph_edge where class = ? order by all",
        [label],
    )
    return as_tuples(vertices), as_tuples(edges)


def as_tuples(rows) -> list[tuple]:
    return [tuple(row) for row in rows.to_numpy().tolist()]


def trained(store: Store) -> dict[int, int]:
    """Training images by class."""
    rows = store.sql("select label, count(*) from samples where split = 'train' group by 1")
    return dict(rows.to_numpy().tolist())


def notes(store: Store) -> dict[str, tuple[bool, str]]:
    rows = store.table("summit_note")
    return {part: (gone, text) for part, gone, text in rows.itertuples(index=False)}


def test_each_color_has_its_own_channel_of_each_layer_and_the_edge_between(store):
    for place, color in enumerate(toys.OUTPUTS):
        moved = (place + 1) % 3
        assert graph(store, color) == ([(COPIES, place), (MOVES, moved)], [(1, place, moved)])


def test_counts_are_the_training_images_of_the_true_class(store):
    images = trained(store)
    assert dict(store.table("summit_class")[["class", "images"]].to_numpy()) == images
    activation = store.table("activation")
    assert len(activation) == 6
    assert all(images[row.label] == row.count for row in renamed(activation))
    vertices = store.table("graph_vertex")
    assert all(images[row.label] == row.count for row in renamed(vertices))
    influence = store.table("influence")
    assert all(images[row.label] == row.count for row in renamed(influence))
    total = sum(images.values())
    said = f"{total} training images by true label, shown or not."
    assert notes(store)["images"] == (False, said)


def renamed(frame):
    return frame.rename(columns={"class": "label"}).itertuples(index=False, name="Row")


def test_classes_that_the_data_lacks_are_nowhere(store):
    classes = sorted(toys.OUTPUTS.values())
    assert store.sql("select class from summit_class order by place")["class"].to_list() == classes
    for table in ("activation", "influence", "graph_rank", "class_embedding", "masking"):
        assert set(store.table(table)["class"]) == set(classes)
    similarity = np.array(store.array("summit_graphs", "similarity"))
    np.testing.assert_array_equal(similarity, np.broadcast_to(np.eye(3), (2, 3, 3)))


def test_layers_stand_in_order_with_what_feeds_them(store):
    layers = store.table("summit_layer").sort_values("layer")
    assert layers["name"].to_list() == ["copies", "moves"]
    assert layers["channels"].to_list() == [3, 3]
    assert layers["parent"].to_list() == [-1, 0]
    assert layers["kept"].to_list() == [1, 1]


def test_shown_samples_fire_the_channels_of_their_color(store):
    bits = np.unpackbits(np.array(store.array("summit", "fired")), axis=1)[:, :6]
    labels = store.table("samples").sort_values("sample_id")["label"].to_numpy()
    for place, output in enumerate(toys.OUTPUTS.values()):
        expected = np.zeros(6, int)
        expected[[place, 3 + (place + 1) % 3]] = 1
        assert (bits[labels == output] == expected).all()


def test_patches_show_the_one_pixel_that_the_channel_sees(store):
    patches = store.table("patch").query("layer == 0 and channel == 1").sort_values("rank")
    samples = store.table("samples").set_index("sample_id")
    images = store.array("dataset", "images")
    assert (np.diff(patches["value"]) <= 0).all()
    for row in renamed(patches):
        assert row.label == toys.OUTPUTS["green"]
        assert (row.bottom - row.top, row.right - row.left) == (1, 1)
        assert samples.loc[row.sample_id, "label"] == row.label
        assert images[row.sample_id][row.top, row.left, 1] / 255 == pytest.approx(row.value)
    picture = store.sql("select picture from patch_picture where layer = 0 and channel = 1 and "
                        "rank = 0")["picture"].iloc[0]  # fmt: skip
    pixel = np.array(Image.open(io.BytesIO(picture)))[0, 0]
    assert pixel[1] / 255 == pytest.approx(patches["value"].iloc[0])


def test_silencing_a_classs_graph_takes_its_probability_away_and_no_other(store):
    figures = store.table("figure").query("view == 'summit'")
    own, others = (
        figures.query("metric == @metric and method == 'summit'").iloc[0]
        for metric in ("masking_drop", "masking_drop_others")
    )
    tested = (store.table("samples")["split"] == "test").sum()
    assert (own["n"], others["n"]) == (tested, tested)
    # nothing is left that speaks for any class: a fifth each
    assert float(own["value"]) == pytest.approx(own_probability(store) - 0.2, abs=1e-5)
    assert others["value"] == pytest.approx(0, abs=1e-6)
    table = store.table("masking").query("method == 'summit'")
    assert (table["channels"] == 1).all()
    assert set(figures.query("metric == 'masking_drop'")["method"]) == {
        "summit", "activation", "relevance", "least", "random",
    }  # fmt: skip


def own_probability(store: Store) -> float:
    """The mean probability of the true class over the test images, from the images themselves."""
    tested = (store.table("samples").sort_values("sample_id")["split"] == "test").to_numpy()
    logit = store.array("dataset", "images")[tested].sum((1, 2, 3)) / 255 / 64 * 90
    return float((np.exp(logit) / (np.exp(logit) + 4)).mean())


def test_both_layers_can_decide_alone(store):
    early = store.table("early_decision")
    assert set(early["accuracy"]) == {1.0}
    figures = store.table("figure").query("metric == 'early_decision_accuracy'")
    assert figures[["method", "value"]].to_numpy().tolist() == [["copies", 1.0], ["moves", 1.0]]


def test_every_channel_of_a_graph_is_drawn(store):
    drawn = store.table("feature_visualization")
    wanted = store.sql("select distinct layer, channel from graph_vertex order by all")
    found = drawn.sort_values(["layer", "channel"])[["layer", "channel"]]
    assert found.to_numpy().tolist() == wanted.to_numpy().tolist()
    sizes = {Image.open(io.BytesIO(picture)).size for picture in drawn["picture"]}
    assert sizes == {(8, 8)}
    file = drawn.query("layer == 0 and channel == 0")["picture"].iloc[0]
    red = np.array(Image.open(io.BytesIO(file)))
    assert red[..., 0].mean() > 1.5 * red[..., 1:].mean()
    assert notes(store)["variants"][0]


def test_probabilities_are_masked_as_logits_are(store, tmp_path):
    found = developed(tmp_path, toys.study("shares", teacher='outputs = "probabilities"'))
    same = "select value from figure where metric = 'masking_drop' and method = 'summit'"
    ours, theirs = (one.sql(same)["value"].to_numpy() for one in (found, store))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_network_that_takes_two_images_at_once_gives_the_same(store, tmp_path):
    found = developed(tmp_path, toys.study("in_pairs"))
    for query in (
        "select * from activation order by all",
        "select * from graph_vertex order by all",
        "select method, class, round(drop, 5), round(others, 5), n from masking order by all",
        "select * from early_decision order by all",
    ):
        assert as_tuples(found.sql(query)) == as_tuples(store.sql(query))
    assert (found.array("summit", "fired") == store.array("summit", "fired")).all()


def test_relevance_may_take_the_place_of_activation(store, tmp_path):
    found = developed(tmp_path, toys.study("in_pairs", summit='preset = "relevance"'))
    for color in toys.OUTPUTS:
        assert graph(found, color) == graph(store, color)
    assert "relevance" in notes(found)["graph"][1]
    figures = found.table("figure").query("metric == 'masking_drop'")
    assert {"summit_relevance", "activation"} < set(figures["method"])


def test_at_most_so_many_images_of_a_class_are_counted(tmp_path):
    found = developed(tmp_path, toys.study(summit="images = 2"))
    assert found.table("summit_class")["images"].to_list() == [2, 2, 2]
    assert "at most 2 of each class, drawn at random" in notes(found)["images"][1]
    assert found.table("patch")["rank"].to_numpy().max() == 1


def test_an_image_used_only_for_training_is_counted_and_gives_no_patch(tmp_path, store):
    found = developed(tmp_path, toys.study(data="shown = { train = 6, test = 3 }"))
    assert trained(found) != trained(store)
    assert dict(found.table("summit_class")[["class", "images"]].to_numpy()) == trained(store)
    assert notes(found)["images"][1].endswith(
        "training images by true label, shown or not. Image patches are of the 6 shown ones."
    )
    samples = found.table("samples").set_index("sample_id")
    patches = found.table("patch")
    assert set(patches["sample_id"]) == set(samples.query("split == 'train'").index)
    assert len(found.table("patch_picture")) == len(patches.query("layer == 0")) * 2


def test_data_without_training_images_gives_its_shown_ones_and_says_so(tmp_path):
    found = developed(tmp_path, toys.study(data="test_share = 1.0"))
    assert found.table("summit_class")["images"].to_numpy().sum() == sum(toys.COUNTS)
    assert notes(found)["images"][1].startswith("The data has no training images: 27 shown test")
    assert notes(found)["early"] == (
        True,
        "A layer learns to decide from training images; the data has none.",
    )
    assert "made from the same images" in notes(found)["masking"][1]
    assert graph(found, "red")[1] == [(1, 0, 1)]


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("rule", f"Summit needs the teacher's layers; {toys.__name__}:rule does not offer that."),
        ("undecided", "Summit cannot read this teacher: torch.export must be able to read"),
    ],
)
def test_every_stage_says_why_a_teacher_has_no_summit(tmp_path, factory, why):
    found = developed(tmp_path, toys.study(factory))
    rows = found.table("unavailable").query("lens == 'summit'")
    assert sorted(rows["stage"]) == sorted(SUMMIT)
    assert rows["reason"].str.startswith(why).all()
    with pytest.raises(MissingArtifact):
        found.table("graph_vertex")


def test_a_class_of_the_data_without_training_images_has_no_graph(tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    toys.colored_squares(folder)
    arrays = dict(np.load(folder / "squares.npz"))
    split = np.where(arrays["labels"] == 2, "test", "train")
    np.savez(folder / "squares.npz", **arrays, split=split)
    found = developed(folder, toys.study())
    assert dict(found.table("summit_class")[["class", "images"]].to_numpy())[3] == 0
    assert graph(found, "blue") == ([], [])
    assert graph(found, "red") == ([(COPIES, 0), (MOVES, 1)], [(1, 0, 1)])
    assert set(found.table("masking")["class"]) == {3}  # only blue ones are for testing


def test_a_layer_that_is_not_there_is_refused_and_the_others_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"summit\.layers: .*\(copies\.0, .*got 'copy'"):
        developed(tmp_path, toys.study(summit='layers = ["copy"]'))


def test_a_channel_that_serves_every_class_is_flagged_and_may_be_left_out(tmp_path):
    found = developed(tmp_path, toys.study("with_hub"))
    flags = found.table("channel_flag").query("hub")
    assert flags[["layer", "channel"]].to_numpy().tolist() == [[COPIES, 3]]
    assert all((COPIES, 3) in graph(found, color)[0] for color in toys.OUTPUTS)
    found = developed(tmp_path, toys.study("with_hub", summit='exclude = ["hub"]'))
    assert not any((COPIES, 3) in graph(found, color)[0] for color in toys.OUTPUTS)
    said = "1 channels were left out of graphs and similarities: hubs."
    assert notes(found)["flags"] == (False, said)
    similarity = np.array(found.array("summit_graphs", "similarity"))
    np.testing.assert_array_equal(similarity[0], np.eye(3))
