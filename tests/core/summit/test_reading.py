import io
import json
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from core.summit.compare import compare, edges, fired, motifs, shared_vertices, vertices
from core.summit.early import decided_early, early_decision, top_of_classes
from core.summit.hubs import border_share, flagged_per_classes, hubs
from core.summit.published import published_graphs
from core.summit.similarity import (
    by_similarity,
    classical_scaling,
    cosine,
    embeddings,
    neighbor_change,
    similarity_to,
)


def archive(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info.size = len(data)
            members.addfile(info, io.BytesIO(data))
    buffer.seek(0)
    return buffer


def vertex(channel, count=1, rank=0.1, below=()):
    return {
        "channel": channel, "count": count, "pagerank": rank,
        "prev_channels": [{"prev_channel": c, "inf": i} for c, i in below],
    }  # fmt: skip


GRAPH = {"mixed3b": [vertex(7, 5, 0.2, [(3, 40)])], "mixed3a": [vertex(3, 9, 0.3)]}


def test_published_graphs_become_two_sorted_tables():
    found = published_graphs(
        archive(**{"ag__ag-1_dot_json": GRAPH, "ag__ag-0_dot_json": {"mixed3a": [vertex(2)]}})
    )
    assert found.vertex_class.tolist() == [0, 1, 1]
    assert found.vertex_layer.tolist() == [0, 0, 1]
    assert found.vertex_channel.tolist() == [2, 3, 7]
    assert found.count.tolist() == [1, 9, 5]
    np.testing.assert_allclose(found.pagerank, [0.1, 0.3, 0.2])
    edge = (
        found.edge_class,
        found.edge_layer,
        found.channel_in,
        found.channel_out,
        found.influence,
    )
    assert [column.tolist() for column in edge] == [[1], [1], [3], [7], [40]]
    assert found.classes == 2
    assert found.counts(0, 4).tolist() == [[0, 0, 1, 0], [0, 0, 0, 9]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"readme": b"x"}, "got none of that name"),
        ({"ag-1_dot_json": b"{"}, "must be JSON"),
        ({"ag-1_dot_json": [1]}, "must hold layers by name, got a list"),
        ({"ag-1_dot_json": {"other": []}}, "got 'other' in class 1"),
        ({"ag-1_dot_json": {"mixed3a": [{"channel": 1}]}}, "layer mixed3a of class 1"),
        ({"ag-1_dot_json": {"mixed3a": [vertex(-1)]}}, "negative or not finite"),
        ({"a__ag-1_dot_json": GRAPH, "b__ag-1_dot_json": GRAPH}, "two for class 1"),
    ],
)
def test_a_broken_archive_is_refused_in_one_line(files, message):
    with pytest.raises(ValueError, match=message) as caught:
        published_graphs(archive(**files))
    assert "\n" not in str(caught.value)


def test_what_is_no_archive_or_is_huge_is_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"expected a tar\.gz"):
        published_graphs(io.BytesIO(b"not an archive"))
    monkeypatch.setattr("core.summit.published.LARGEST", 10)
    with pytest.raises(ValueError, match="must have at most 10 bytes"):
        published_graphs(archive(**{"ag-1_dot_json": GRAPH}))


def test_a_link_in_the_archive_is_not_followed(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        info = tarfile.TarInfo("ag-1.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
        members.addfile(info)
    buffer.seek(0)
    with pytest.raises(ValueError, match="got none of that name"):
        published_graphs(buffer)


A = np.array([[4, 0, 0, 1], [4, 0, 0, 2], [0, 3, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]])


def test_cosines_are_those_of_the_rows():
    similar = cosine(A)
    assert similar[0, 2] == 0
    assert similar[3].tolist() == [0, 0, 0, 1, 0]
    assert similar[2, 4] == pytest.approx(np.sqrt(0.5))
    for label in range(5):
        np.testing.assert_allclose(similarity_to(A, label), similar[label], atol=1e-12)


def test_the_class_itself_comes_first_and_ties_by_number():
    assert by_similarity(A, 0).tolist() == [0, 1, 4, 2, 3]
    assert by_similarity(A, 3).tolist() == [3, 0, 1, 2, 4]


def test_classical_scaling_gives_distances_that_fit_in_a_plane():
    rows = np.eye(3, 7)
    points = classical_scaling(rows)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.testing.assert_allclose(distance, 1 - np.eye(3), atol=1e-5)


def test_few_classes_keep_their_places_from_layer_to_layer():
    turned = A[:, ::-1].copy()
    first, second = embeddings([A, turned])
    np.testing.assert_allclose(first, second, atol=1e-4)
    one = embeddings([A[:1], A[:1]])
    assert np.isfinite(one).all()


def test_umap_begins_where_the_layer_before_ended():
    generator = np.random.default_rng(0)
    groups = np.repeat(np.eye(4, 12) * 30, 6, axis=0) + generator.integers(0, 4, (24, 12))
    first, second = embeddings([groups, groups + generator.integers(0, 2, groups.shape)])
    moved = np.linalg.norm(first - second, axis=1).mean()
    spread = np.linalg.norm(first - first.mean(0), axis=1).mean()
    assert moved < spread
    np.testing.assert_array_equal(embeddings([groups])[0], first)


def test_a_class_whose_neighbours_change_is_found():
    below = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]])
    above = np.array([[1, 0], [0, 1], [0.1, 1], [1, 0.1]])
    change = neighbor_change([below, below, above], neighbors=1)
    assert change[0].tolist() == [0, 0, 0, 0]
    assert change[1].max() == 1


def test_a_channel_counted_for_every_class_alike_is_a_hub():
    images = np.array([100, 100, 100])
    counts = np.array([[95, 95, 0, 20], [97, 0, 0, 22], [96, 1, 0, 21]])
    found = hubs(counts, images)
    assert found.hub.tolist() == [True, False, False, False]
    assert found.information[1] > 0.4
    assert found.reach[2] == 0
    assert flagged_per_classes(found.hub | (found.rate > 0.3), counts).tolist() == [2, 1, 2]


def test_a_channel_that_responds_to_the_frame_is_not_semantic():
    values = np.random.default_rng(0).random((50, 2, 8, 8))
    values[:, 0, 0, 3] = 5
    values[:, 1, 4, 4] = 5
    share = border_share(values)
    assert share.tolist() == [1, 0]
    counts, images = np.array([[40, 40]]), np.array([50])
    found = hubs(counts, images, frame=share, border=28 / 64)
    assert found.non_semantic.tolist() == [True, False]
    tiny = hubs(counts, images, frame=share, border=1.0)
    assert not tiny.non_semantic.any()


def test_a_channel_as_excited_inside_as_at_the_border_is_not_of_the_frame():
    values = np.zeros((4, 3, 4, 4))
    values[:, 0] = 1  # everywhere alike
    values[:2, 1, 3, 2] = 1  # at the border, in the two images that excite it
    assert border_share(values).tolist() == [0, 1, 0]
    assert border_share(values[:, :, :2, :2]).tolist() == [1, 0, 0]  # nothing but border


def test_without_images_nothing_is_flagged():
    found = hubs(np.zeros((2, 3), int), np.zeros(2, int))
    assert not found.hub.any()


def test_channels_that_tell_classes_apart_decide_early():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 120)
    told = np.eye(3)[labels] * 2 + generator.random((120, 3)) * 0.2
    noise = generator.random((120, 4))
    train, test = np.arange(80), np.arange(80, 120)
    maxima = np.concatenate([told, noise], 1)
    counts = np.concatenate([np.eye(3, dtype=int) * 9, np.ones((3, 4), int)], 1)
    good = early_decision(
        maxima[train], labels[train], maxima[test], labels[test], counts, per_class=1
    )
    assert good.channels.tolist() == [0, 1, 2]
    assert (good.accuracy == 1).all()
    poor = early_decision(
        maxima[train],
        labels[train],
        maxima[test],
        labels[test],
        counts[:, ::-1].copy(),
        per_class=1,
    )
    assert np.nanmean(poor.accuracy) < 1
    early = decided_early({"a": poor.accuracy, "b": good.accuracy, "c": good.accuracy}, np.ones(3))
    assert set(early.values()) <= {"a", "b"}
    assert sorted(early) == [0, 1, 2]


def test_a_class_without_test_images_has_no_accuracy():
    z, y = np.eye(2), np.array([0, 1])
    found = early_decision(z, y, z[:1], y[:1], np.eye(3, 2, dtype=int))
    assert np.isnan(found.accuracy[1:]).all()
    assert top_of_classes(np.array([[0, 0], [0, 3]]), 2).tolist() == [1]


def test_two_graphs_share_some_and_own_the_rest():
    one = vertices(np.array([0, 0, 1]), np.array([1, 2, 1]))
    two = vertices(np.array([0, 1]), np.array([2, 5]))
    found = compare(one, two, frozenset({(1, 1, 1)}), frozenset({(1, 2, 5)}))
    assert found.both == {(0, 2)}
    assert found.first == {(0, 1), (1, 1)}
    assert found.second == {(1, 5)}
    assert found.overlap == 0.25
    assert found.edges_first == {(1, 1, 1)}
    assert compare(one, one).overlap == 1
    assert compare(frozenset(), frozenset()).overlap == 0


def test_shared_vertices_are_counted_for_every_class():
    label, layer = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1])
    channel = np.array([4, 4, 4, 5, 4])
    assert shared_vertices(label, layer, channel, 0, 4).tolist() == [2, 1, 1, 0]


def test_the_path_of_an_image_is_what_it_chose_of_its_graph():
    chosen = [np.array([True, False]), np.array([False, False, True])]
    assert fired(np.array([0, 0, 1]), np.array([0, 1, 2]), chosen).tolist() == [True, False, True]


def test_the_motif_of_most_classes_comes_first():
    path = edges(np.array([1, 2]), np.array([3, 4]), np.array([4, 5]))
    graphs = {0: path, 1: path | {(2, 9, 9)}, 2: frozenset({(1, 3, 4)}), 3: path}
    found = motifs(graphs)
    assert found[0].edges == ((1, 3, 4), (2, 4, 5))
    assert found[0].classes == (0, 1, 3)
    assert len(found) == 1
    assert motifs({0: path}) == []


def test_what_a_light_page_needs_imports_no_torch():
    names = ["attribution", "compare", "early", "hubs", "pagerank", "published", "seeds",
             "settings", "similarity", "activation"]  # fmt: skip
    code = ";".join(f"import core.summit.{name}" for name in names)
    check = f"{code};import sys;sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
