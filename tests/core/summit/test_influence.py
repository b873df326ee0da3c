from typing import Any

import numpy as np
import pytest
import torch

from core.summit.channel_graph import channel_graph
from core.summit.forward import Forward
from core.summit.influence import Kernel, extremes, influence, kernel
from core.summit.strongest import Counts, largest, strongest
from tests.core.summit import networks
from tests.reference import summit as literal


def values(*shape, seed=0, relu=True):
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return torch.relu(x) if relu else x


def convolution(outputs, channels, size, stride=1, padding=0, dilation=1, groups=1, seed=1):
    weight = torch.randn(
        outputs, channels // groups, *size, generator=torch.Generator().manual_seed(seed)
    )
    return Kernel(
        "convolution", weight, (stride,) * 2, ((padding, padding),) * 2, (dilation,) * 2, groups
    )


def spread(kernel, found, channels):
    """[row, sample, output] to [sample, channel, output] with minus infinity elsewhere."""
    rows, n, outputs = found.shape
    full = np.full((n, channels, outputs), -np.inf)
    source = kernel.source()
    for k in range(rows):
        for j in range(outputs):
            full[:, source[k, j], j] = found[k, :, j].numpy()
    return full


@pytest.mark.parametrize(
    "settings",
    [
        {"size": (3, 3), "padding": 1},
        {"size": (3, 3), "stride": 2},
        {"size": (3, 2), "stride": 2, "padding": 1, "dilation": 2},
        {"size": (3, 3), "padding": 1, "groups": 2},
        {"size": (3, 3), "padding": 1, "groups": 6},
        {"size": (3, 2), "stride": 2, "padding": 1, "dilation": 2, "groups": 6},
        {"size": (1, 1)},
        {"size": (1, 1), "stride": 2},
        {"size": (1, 1), "padding": 1},
        {"size": (1, 1), "groups": 3},
        {"size": (5, 5)},
    ],
)
@pytest.mark.parametrize("relu", [True, False])
def test_influence_equals_equation_1_position_by_position(settings, relu):
    x = values(2, 6, 6, 5, relu=relu)
    found = convolution(12, 6, **settings)
    ours = spread(found, influence(found, x), 6)
    theirs = literal.convolution_influence(
        x.double().numpy(),
        found.weight.double().numpy(),
        found.stride[:2],
        tuple(p for p, _ in found.padding),
        found.dilation,
        found.groups,
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_blocks_of_positions_change_nothing(monkeypatch):
    x, found = values(2, 4, 9, 9), convolution(5, 4, (3, 3), padding=1)
    whole = influence(found, x)
    for size in (1, 7, 60, 10_000):
        monkeypatch.setattr("core.summit.influence.CACHE", size)
        torch.testing.assert_close(influence(found, x), whole)


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_extremes_do_not_depend_on_how_a_tensor_lies_in_memory(order):
    x = values(3, 4, 5, 6, relu=False)
    most, least = extremes(x.contiguous(memory_format=order))
    torch.testing.assert_close(most, x.amax((2, 3)))
    torch.testing.assert_close(least, x.amin((2, 3)))


def test_contributions_of_all_channels_add_up_to_the_layer_where_there_is_one_position():
    conv = torch.nn.Conv2d(4, 3, 3, bias=False)
    x = values(2, 4, 3, 3)
    found = Kernel("convolution", conv.weight.detach(), (1, 1), ((0, 0),) * 2, (1, 1))
    torch.testing.assert_close(influence(found, x).sum(0), conv(x).detach()[:, :, 0, 0])


def test_a_linear_layer_behind_a_flatten_sums_each_channels_places():
    fc = torch.nn.Linear(12, 5, bias=False)
    x = values(3, 4, 3)
    found = Kernel("linear", fc.weight.detach().reshape(5, 4, 3))
    torch.testing.assert_close(influence(found, x.flatten(1)).sum(0), fc(x.flatten(1)).detach())
    same = literal.convolution_influence(
        x[..., None].numpy(), fc.weight.detach().reshape(5, 4, 3, 1).numpy()
    )
    np.testing.assert_allclose(spread(found, influence(found, x.flatten(1)), 4), same, atol=1e-5)


def test_one_and_three_dimensional_convolutions_are_exact_too():
    for axes in (1, 3):
        kind = torch.nn.Conv1d if axes == 1 else torch.nn.Conv3d
        conv = kind(2, 3, 2, stride=2, bias=False)
        x = values(2, 2, *[4] * axes)
        found = Kernel(
            "convolution", conv.weight.detach(), (2,) * axes, ((0, 0),) * axes, (1,) * axes
        )
        alone = torch.stack([conv(x * (torch.arange(2) == i).float().reshape(1, 2, *[1] * axes))
                             for i in range(2)])  # fmt: skip
        torch.testing.assert_close(influence(found, x), alone.flatten(3).amax(3).detach())


def test_a_negative_scale_of_batch_norm_turns_the_kernel_around():
    net: Any = networks.ResNet().eval()
    with torch.no_grad():
        net.layer1[0].bn1.weight[:] = torch.tensor([1.0, -1.0, 2.0, -0.5])
        net.layer1[0].bn1.running_var[:] = torch.tensor([1.0, 4.0, 1.0, 0.25])
    graph = channel_graph(net, torch.zeros(1, 3, 8, 8))
    inner = graph.between("layer1.0")[0]
    found = kernel(graph, inner.terms[0])
    scale = torch.tensor([1.0, -0.5, 2.0, -1.0]).reshape(4, 1, 1, 1)
    torch.testing.assert_close(
        found.weight, net.layer1[0].conv1.weight.detach() * scale, rtol=1e-4, atol=1e-5
    )


def test_terms_of_a_residual_sum_give_the_sum():
    net: Any = networks.ResNet().eval()
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.get_buffer("running_var"), 0.5, 2)
            torch.nn.init.uniform_(part.weight, -1, 1)
    graph = channel_graph(net, torch.zeros(1, 3, 2, 2))  # layer2 has a single position
    join = graph.joins[graph.layer("layer2").join]
    run = Forward(graph, [join.name, *(term.tensor for term in join.terms)])
    with torch.no_grad():
        read = run(values(3, 3, 2, 2))
    kernels = [kernel(graph, term) for term in join.terms]
    parts = [influence(k, read[t.tensor]).sum(0) for k, t in zip(kernels, join.terms, strict=True)]
    bias: Any = sum(
        b.bias - b.running_mean * b.weight / (b.running_var + b.eps).sqrt()
        for b in (net.layer2[0].bn2, net.layer2[0].down[1])
    )
    torch.testing.assert_close(
        sum(parts) + bias.detach(), read[join.name][:, :, 0, 0], rtol=1e-4, atol=1e-5
    )


def test_the_running_list_holds_the_largest_in_order():
    rows = torch.randn(9, 50, generator=torch.Generator().manual_seed(0))
    top = torch.stack(largest(list(rows), 4))
    torch.testing.assert_close(top, rows.sort(0, descending=True).values[:4])


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (3, 3)])
def test_counts_equal_the_literal_ones_with_ties_and_dead_channels(positive, size):
    x = values(12, 9, 5, 5)
    x[:, 3] = 0  # dead
    x[:, 7] = x[:, 6]  # a tie, with the kernel below
    x[2] = 0.5  # a constant image
    x[5] = 0  # an empty one
    found = convolution(6, 9, size, padding=size[0] // 2)
    found.weight[:, 7] = found.weight[:, 6]
    labels = np.random.default_rng(0).integers(0, 3, 12)
    counts = Counts([found], 3)
    for part in (slice(0, 5), slice(5, 12)):
        counts.add(strongest([found], [x[part]], positive=positive), labels[part])
    exact = literal.convolution_influence(
        x.double().numpy(), found.weight.double().numpy(), padding=(size[0] // 2,) * 2
    )
    ours = np.zeros((3, 9, 6), int)
    label, source, output, count = counts.table(0)
    ours[label, source, output] = count
    np.testing.assert_array_equal(ours, literal.influence_counts(exact, labels, 3, 5, positive))


def test_grouped_counts_equal_the_literal_ones():
    x, found = values(4, 16, 5, 5), convolution(8, 16, (3, 3), padding=1, groups=2)
    counts = Counts([found], 1)
    counts.add(strongest([found], [x]), np.zeros(4, int))
    exact = literal.convolution_influence(
        x.double().numpy(), found.weight.double().numpy(), padding=(1, 1), groups=2
    )
    ours = np.zeros((1, 16, 8), int)
    label, source, output, count = counts.table(0)
    ours[label, source, output] = count
    np.testing.assert_array_equal(ours, literal.influence_counts(exact, np.zeros(4, int), 1, 5))


def test_sparse_and_dense_counts_agree(monkeypatch):
    x, found = values(40, 9, 4, 4), convolution(7, 9, (3, 3))
    labels = np.random.default_rng(1).integers(0, 5, 40)
    tables = []
    for limit in (1 << 25, 0):
        monkeypatch.setattr(Counts, "DENSE", limit)
        counts = Counts([found], 5)
        for start in range(40):
            counts.add(strongest([found], [x[start : start + 1]]), labels[start : start + 1])
        table = np.stack(counts.table(0))
        tables.append(table[:, np.lexsort(table[::-1])])
    np.testing.assert_array_equal(*tables)


def test_rounding_does_not_decide_between_nearly_equal_channels():
    x = torch.ones(1, 7, 1, 1)
    weight = torch.ones(1, 7, 1, 1)
    weight[0, 6] = 1 + 2.0**-23  # the smallest difference there is in float32
    found = Kernel("convolution", weight, (1, 1), ((0, 0),) * 2, (1, 1))
    (mask,) = strongest([found], [x])
    assert mask[:, 0, 0].tolist() == [True, True, True, True, False, False, True]


def test_every_third_position_is_a_subset():
    net = networks.Copies()
    graph = channel_graph(net, torch.zeros(1, 1, 7, 7))
    term = graph.joins[graph.layer("second").join].terms[0]
    x = values(2, 3, 7, 7)
    sparse, full = (influence(kernel(graph, term, every=e), x) for e in (3, 1))
    assert (sparse <= full).all()
    maps = literal.grouped_influence(x[..., ::3, ::3], torch.ones(1, 3, 1, 1), 1, 0)
    torch.testing.assert_close(sparse[2, :, 0], maps[:, 2, 0])
