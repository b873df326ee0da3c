from dataclasses import replace

import numpy as np
import pytest
import torch

from core.summit.aggregation import aggregate
from core.summit.channel_graph import channel_graph
from core.summit.forward import Forward
from core.summit.hubs import border_share
from core.summit.influence import influence, kernel
from core.summit.merging import merged_edges
from core.summit.patches import cut
from core.summit.settings import DARKROOM, PAPER
from tests.core.summit import networks
from tests.reference import summit as literal


def images(n, channels, size, seed=0):
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(seed))


def batches(pixels, labels, size):
    for start in range(0, len(pixels), size):
        yield pixels[start : start + size], labels[start : start + size]


def graph_of(net, shape, layers=None):
    return channel_graph(net, torch.zeros(1, *shape), layers)


def edge_set(edges):
    return dict(
        zip(
            zip(edges.channel_in.tolist(), edges.channel_out.tolist(), strict=True),
            edges.influence.tolist(),
            strict=True,
        )
    )


def edges_of(net, shape, pixels, labels, label=0, preset=DARKROOM, layers=None, capped=False):
    graph = graph_of(net, shape, layers)
    found = aggregate(graph, [(pixels, labels)], 2, preset)
    merged = merged_edges(graph, found.influence, label, int(found.images[label]), capped=capped)
    return [edge_set(edges) for edges in merged]


def test_a_network_that_copies_one_channel_has_that_one_edge():
    labels = np.array([0, 0, 0, 1])
    edges = edges_of(networks.Copies(), (1, 4, 4), images(4, 1, 4), labels)
    assert edges == [{(2, 0): 3, (0, 1): 3}]


def test_a_skip_connection_is_an_edge_and_competes_with_the_branch():
    labels = np.zeros(4, int)
    edges = edges_of(networks.Residual(), (1, 4, 4), images(4, 1, 4), labels)
    assert edges == [{(0, 0): 4, (1, 1): 4, (0, 1): 4}]
    strongest = edges_of(
        networks.Residual(), (1, 4, 4), images(4, 1, 4), labels, preset=replace(DARKROOM, top=1)
    )
    assert strongest == [{(0, 0): 4, (0, 1): 4}]  # 5 x by the branch beats x by the skip


def test_branches_keep_their_places_in_a_concatenation():
    edges = edges_of(networks.Branches(), (1, 4, 4), images(3, 1, 4), np.zeros(3, int))
    assert edges == [{(1, 0): 3, (0, 1): 3, (0, 2): 3}]


def test_a_class_without_images_has_no_edges():
    edges = edges_of(networks.Copies(), (1, 4, 4), images(2, 1, 4), np.zeros(2, int), label=1)
    assert edges == [{}]
    torch.manual_seed(0)
    inner = edges_of(  # each layer is reached by way of another
        networks.SqueezeNet(3), (3, 24, 24), images(2, 3, 24), np.zeros(2, int), label=1,
        layers=["features.3", "features.4"],
    )  # fmt: skip
    assert inner == [{}]


def test_the_frame_of_a_layer_is_that_of_its_maps_over_all_batches():
    graph = graph_of(networks.ResNet(), (3, 8, 8))
    pixels = images(9, 3, 8)
    found = aggregate(graph, batches(pixels, np.zeros(9, int), 4), 1, PAPER)
    values = Forward(graph, [layer.tensor for layer in graph.layers])(pixels)
    for layer in graph.layers:
        maps = values[layer.tensor].detach().numpy()
        if maps.ndim == 4:
            np.testing.assert_array_equal(found.frame[layer.name], border_share(maps))
            side = maps.shape[2]
            assert found.border[layer.name] == 1 - max(side - 2, 0) ** 2 / side**2
        else:
            assert np.isnan(found.frame[layer.name]).all()
            assert found.border[layer.name] == 1


def test_one_image_of_one_class_works():
    graph = graph_of(networks.ResNet(), (3, 8, 8))
    found = aggregate(graph, [(images(1, 3, 8), np.array([0]))], 1, PAPER)
    assert found.images.tolist() == [1]
    assert all(len(z) == 1 for z in found.maxima.values())
    assert all(part.count.max() == 1 for tables in found.influence.values() for part in tables)


def test_images_in_another_order_and_in_other_batches_give_the_same():
    net = networks.SqueezeNet(3)
    torch.manual_seed(0)
    graph = graph_of(net, (3, 24, 24), ["features.3", "features.4", "features.6"])
    pixels, labels = images(7, 3, 24), np.array([0, 1, 2, 0, 1, 2, 0])
    order = np.array([3, 6, 1, 0, 5, 2, 4])
    one = aggregate(graph, batches(pixels, labels, 7), 3, PAPER)
    two = aggregate(graph, batches(pixels[order], labels[order], 2), 3, PAPER)
    for name, tables in one.influence.items():
        for a, b in zip(tables, two.influence[name], strict=True):
            for field in ("label", "source", "output", "count"):
                np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
    for name, z in one.maxima.items():
        np.testing.assert_allclose(two.maxima[name], z[order], rtol=1e-5, atol=1e-6)


def test_two_hops_are_merged_by_the_strongest_path():
    torch.manual_seed(1)
    net = networks.SqueezeNet(3)
    graph = graph_of(net, (3, 24, 24), ["features.3", "features.4"])
    pixels, labels = images(6, 3, 24), np.array([0, 1, 0, 0, 1, 0])
    found = aggregate(graph, [(pixels, labels)], 2, PAPER)
    (merged,) = merged_edges(graph, found.influence, 0, 4)
    squeeze, narrow, wide, _ = graph.between("features.4")
    run = Forward(graph, [join.terms[0].tensor for join in (squeeze, narrow, wide)])
    with torch.no_grad():
        read = run(pixels)
    hops = []
    for join in (squeeze, narrow, wide):
        (term,) = join.terms
        values = influence(kernel(graph, term), read[term.tensor]).permute(1, 0, 2)
        hops.append(literal.influence_counts(values.numpy(), labels, 2, 5)[0])
    exact = literal.two_hops(hops[0], np.concatenate(hops[1:], 1))
    ours = np.zeros_like(exact)
    ours[merged.channel_in, merged.channel_out] = merged.influence
    np.testing.assert_array_equal(ours, exact)


def test_the_cap_keeps_the_strongest_of_what_two_hops_reach():
    pixels, labels = images(4, 3, 24), np.zeros(4, int)
    torch.manual_seed(1)
    net = networks.SqueezeNet(3)
    layers = ["features.3", "features.4"]
    (free,) = edges_of(net, (3, 24, 24), pixels, labels, preset=PAPER, layers=layers)
    (capped,) = edges_of(net, (3, 24, 24), pixels, labels, preset=PAPER, layers=layers, capped=True)
    assert capped.items() <= free.items()
    degrees = np.bincount([j for _, j in free], minlength=128)
    assert max(np.bincount([j for _, j in capped])) <= int(degrees.mean())


def test_patches_are_the_places_of_the_largest_values():
    net = networks.Copies()
    graph = graph_of(net, (1, 6, 6))
    pixels = torch.zeros(3, 1, 6, 6)
    pixels[0, 0, 2, 3], pixels[1, 0, 5, 0], pixels[2] = 0.5, 0.9, 0.1
    found = aggregate(graph, batches(pixels, np.zeros(3, int), 2), 1, PAPER)
    first, second = found.patches["first"], found.patches["second"]
    assert first.image[2].tolist() == [1, 0, 2, *[-1] * 7]
    assert first.box[2, :2].tolist() == [[5, 0, 6, 1], [2, 3, 3, 4]]
    assert second.box[0, :2].tolist() == [[4, 0, 6, 2], [1, 2, 4, 5]]
    np.testing.assert_allclose(second.value[0, :3], [2.7, 1.5, 0.3], rtol=1e-6)
    whole = (pixels[1:2].permute(0, 2, 3, 1) * 255).byte().numpy()
    assert cut(whole, second.box[0, 0]).shape == (1, 2, 2, 1)
    giving = np.array([True, False, True])
    seen = aggregate(graph, batches(pixels, np.zeros(3, int), 2), 1, PAPER, giving)
    assert seen.patches["first"].image[2].tolist() == [0, 2, *[-1] * 8]
    np.testing.assert_array_equal(seen.maxima["first"], found.maxima["first"])


def test_a_dead_channel_has_no_patches_and_no_counts():
    net = networks.Copies()
    with torch.no_grad():
        net.first.weight[2] = -1
    graph = graph_of(net, (1, 4, 4))
    found = aggregate(graph, [(images(3, 1, 4), np.zeros(3, int))], 1, DARKROOM)
    assert (found.patches["first"].image[2] == -1).all()
    assert not found.maxima["first"][:, 2].any()
    (table,) = found.influence[graph.layer("second").join]
    assert 2 not in table.source.tolist()


def test_labels_outside_the_classes_are_refused():
    graph = graph_of(networks.Copies(), (1, 4, 4))
    with pytest.raises(ValueError, match="labels must be from 0 to 1, got 0 to 2"):
        aggregate(graph, [(images(2, 1, 4), np.array([0, 2]))], 2, PAPER)
    with pytest.raises(ValueError, match="at least one image"):
        aggregate(graph, [], 2, PAPER)


def test_layers_behind_an_unknown_mixture_are_refused_with_the_operator():
    class Sorted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)
            self.c = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.c(self.b(self.a(x.flatten(1)).sort(1).values))

    graph = channel_graph(Sorted(), torch.zeros(1, 1, 2, 2), ["a", "b"])
    with pytest.raises(ValueError, match="sort"):
        aggregate(graph, [(images(1, 1, 2), np.array([0]))], 1, PAPER)
