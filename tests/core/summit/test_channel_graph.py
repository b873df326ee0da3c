import pytest
import torch
from torch import nn

from core.summit.channel_graph import IMAGE, channel_graph
from core.summit.forward import Forward
from core.summit.receptive_field import receptive_fields
from tests.core.summit import networks


def layers(graph):
    return {layer.name: layer.channels for layer in graph.layers}


def terms(graph, layer):
    return graph.joins[graph.layer(layer).join].terms


@pytest.fixture(scope="module")
def squeezenet():
    return channel_graph(networks.SqueezeNet(10), torch.zeros(1, 3, 32, 32))


def test_fire_modules_and_the_stem_are_squeezenets_layers(squeezenet):
    assert layers(squeezenet) == {
        "features.0": 64, "features.3": 128, "features.4": 128, "features.6": 256,
        "features.7": 256, "features.9": 384, "features.10": 384, "features.11": 512,
        "features.12": 512,
    }  # fmt: skip


def test_a_concatenation_passes_its_parts_on_with_their_offsets(squeezenet):
    (passage,) = terms(squeezenet, "features.3")
    assert passage.kind == "passage"
    assert passage.sources.which.tolist() == [0] * 64 + [1] * 64
    assert passage.sources.channel.tolist() == [*range(64), *range(64)]
    between = squeezenet.between("features.3")
    assert [join.channels for join in between] == [16, 64, 64, 128]
    assert between[0].terms[0].sources.join == (squeezenet.layers[0].join,)


def test_residual_sums_are_layers_and_keep_skip_and_branch_as_terms():
    graph = channel_graph(networks.ResNet(), torch.zeros(1, 3, 8, 8))
    assert layers(graph) == {
        "conv1": 4, "layer1.0": 4, "layer1.1": 4, "layer2": 8
    }  # fmt: skip
    branch, skip = terms(graph, "layer1.1")
    assert (branch.kind, skip.kind) == ("convolution", "identity")
    assert skip.sources.join == (graph.layer("layer1.0").join,)
    first, second = terms(graph, "layer2")
    assert {first.kind, second.kind} == {"convolution"}
    assert first.norm
    assert second.norm
    assert first.norm != second.norm


def test_a_shortcut_that_pads_channels_keeps_their_places():
    graph = channel_graph(networks.OptionA(), torch.zeros(1, 1, 8, 8))
    assert list(layers(graph)) == ["stem", "add"]
    skip = next(term for term in terms(graph, "add") if term.kind == "identity")
    assert skip.sources.which.tolist() == [-1, 0, 0, -1]
    assert skip.sources.channel.tolist()[1:3] == [0, 1]


def test_a_channel_shuffle_is_followed():
    graph = channel_graph(
        networks.Shuffled(), torch.zeros(1, 1, 5, 5), layers=["grouped", "depthwise"]
    )
    (term,) = terms(graph, "depthwise")
    assert term.sources.channel.tolist() == [0, 3, 1, 4, 2, 5]
    assert graph.unfollowed == ()


def test_a_linear_layer_behind_a_flatten_reads_each_channel_at_all_its_places():
    graph = channel_graph(networks.LeNet(), torch.zeros(1, 1, 14, 14))
    assert layers(graph) == {"conv1": 3, "conv2": 4, "fc1": 7, "fc2": 6}
    (term,) = terms(graph, "fc1")
    assert (term.places, term.sources.channel.tolist()) == (4, [0, 1, 2, 3])
    assert term.sources.join == (graph.layer("conv2").join,)


def test_one_module_of_many_convolutions_is_cut_where_it_pools():
    graph = channel_graph(networks.Vgg(), torch.zeros(1, 3, 8, 8))
    assert layers(graph) == {"features.2": 4, "features.7": 6, "classifier": 5}


def test_channels_last_networks_are_followed_through_their_permutations():
    graph = channel_graph(networks.Next(), torch.zeros(1, 3, 8, 8))
    assert layers(graph) == {"stem": 4, "blocks.0": 4, "blocks.1": 4}
    kinds = sorted(term.kind for term in terms(graph, "blocks.1"))
    assert "identity" in kinds
    assert not any(join.unknown for join in graph.joins.values())


def test_the_users_layers_are_taken_and_others_refused():
    net = networks.ResNet()
    graph = channel_graph(net, torch.zeros(1, 3, 8, 8), layers=["layer1", "layer2"])
    assert list(layers(graph)) == ["layer1", "layer2"]
    with pytest.raises(ValueError, match=r"everything flows through .*got 'layer2\.0\.conv1'"):
        channel_graph(net, torch.zeros(1, 3, 8, 8), layers=["layer2.0.conv1"])
    with pytest.raises(ValueError, match="must differ"):
        channel_graph(net, torch.zeros(1, 3, 8, 8), layers=["layer2", "layer2.0"])


def test_a_network_of_one_linear_layer_has_nothing_to_show():
    with pytest.raises(ValueError, match="convolution or linear layer before its output"):
        channel_graph(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), torch.zeros(1, 1, 2, 2))


def test_the_first_layer_reads_the_image():
    graph = channel_graph(networks.Copies(), torch.zeros(1, 1, 4, 4))
    (term,) = terms(graph, "first")
    assert term.sources.join == (IMAGE,)


def test_mixing_channels_is_said_and_not_guessed():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            x = self.a(x.flatten(1))
            return self.c(torch.relu(self.b(torch.matmul(x, x.t().mean() * torch.eye(4)))))

    graph = channel_graph(Attention(), torch.zeros(1, 1, 2, 2), layers=["a", "b"])
    assert any("matmul" in problem for problem in graph.unfollowed)
    assert graph.joins[graph.layer("b").join].unknown


def test_forward_gives_what_the_network_gives_and_leaves_its_mode():
    net = networks.ResNet().train()
    graph = channel_graph(net, torch.zeros(1, 3, 8, 8))
    assert net.training
    images = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = Forward(graph, ["output", graph.layer("layer1.1").tensor])(images)
        net.eval()
        torch.testing.assert_close(found["output"], net(images))
        features = net.layer1(torch.relu(net.bn1(net.conv1(images))))
    torch.testing.assert_close(found[graph.layer("layer1.1").tensor], features)


def test_an_edit_changes_all_that_follows():
    graph = channel_graph(networks.Copies(), torch.zeros(1, 1, 4, 4))
    first = graph.layer("first").tensor
    second = graph.layer("second").tensor
    run = Forward(graph, [second])
    silenced = run(
        torch.ones(1, 1, 4, 4), {first: lambda v: v * torch.tensor([1, 1, 0])[:, None, None]}
    )
    assert silenced[second][0, 0].max() == 0
    assert silenced[second][0, 1].max() == 1


def test_a_network_with_a_fixed_batch_is_fed_in_such_batches():
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 2, 3), nn.Linear(8, 3)

        def forward(self, x):
            return self.fc(torch.relu(self.conv(x)).reshape(2, 8))

    net = Fixed()
    graph = channel_graph(net, torch.zeros(2, 1, 4, 4))
    assert graph.batch == 2
    images = torch.rand(3, 1, 4, 4)
    with torch.no_grad():
        found = Forward(graph, ["output"])(images)["output"]
        torch.testing.assert_close(found[:2], net(images[:2]))
    assert found.shape == (3, 3)


@pytest.mark.parametrize(
    ("net", "shape", "layer"),
    [
        (networks.SqueezeNet(4), (3, 64, 64), "features.4"),
        (networks.ResNet(), (3, 16, 16), "layer1.0"),
        (networks.OptionA(), (1, 16, 16), "add"),
    ],
)
def test_a_receptive_field_is_where_the_gradient_reaches(net, shape, layer):
    torch.manual_seed(0)
    for part in net.modules():  # positive weights, so that no gradient cancels or is cut off
        for name, weight in part.named_parameters(recurse=False):
            with torch.no_grad():
                weight.abs_() if name == "weight" else weight.zero_()
    graph = channel_graph(net, torch.zeros(1, *shape))
    images = torch.rand(1, *shape, requires_grad=True)
    tensor = graph.layer(layer).tensor
    values = Forward(graph, [tensor])(images)[tensor]
    row, column = values.shape[2] // 2, values.shape[3] // 2
    # average pooling in place of the maximum would reach all places: the field must cover, no more
    (gradient,) = torch.autograd.grad(values[0, :, row, column].sum(), images)
    rows = torch.nonzero(gradient[0].abs().sum((0, 2)))[:, 0]
    down, _ = receptive_fields(graph)[layer]
    start, end = down.start + row * down.step, down.start + row * down.step + down.size
    assert start <= rows.min()
    assert rows.max() < end
    assert end - start <= (rows.max() - rows.min() + 1) + 2 * down.step
