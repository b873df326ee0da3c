from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.saliency.traps import traps
from core.teachers.architectures import ARCHITECTURES, architecture, preprocessing_of
from core.teachers.head import find_head
from core.teachers.inference import predict
from core.teachers.preprocessing import Preprocessing

# name, channels and side of the images, arguments that make it quick, width of the representation
NETWORKS = [
    ("convnet", 1, 8, {"width": 4}, 16),
    ("lenet", 1, 28, {}, 84),
    ("lenet", 3, 32, {"width": 3}, 42),
    ("resnet18", 1, 28, {}, 512),
    ("resnet18", 3, 32, {"width": 4, "stem": "small"}, 32),
    ("resnet20", 3, 32, {}, 64),
    ("resnet56", 3, 32, {"width": 4}, 16),
    ("vgg16_bn", 3, 64, {"width": 4}, 32),
    ("squeezenet1_1", 3, 64, {}, 512),
    ("mobilenet_v2", 3, 64, {}, 1280),
]


def network(name, channels, side, arguments) -> Any:
    torch.manual_seed(0)
    return architecture(name, channels, 5, (side, side), **arguments)


@pytest.mark.parametrize(("name", "channels", "side", "arguments", "width"), NETWORKS)
def test_every_architecture_has_a_head_and_a_representation(name, channels, side, arguments, width):
    module = network(name, channels, side, arguments)
    images = np.random.default_rng(0).integers(0, 256, (2, side, side, channels), np.uint8)
    found = predict(module, images, preprocessing=preprocessing_of(name, channels))
    assert found.logits.shape == (2, 5)
    assert found.representation is not None
    assert found.representation.shape == (2, width)


@pytest.mark.parametrize(("name", "channels", "side", "arguments", "width"), NETWORKS)
def test_every_relu_is_a_module_of_its_own(name, channels, side, arguments, width):
    module = network(name, channels, side, arguments).eval()
    met = traps(module, torch.rand(1, channels, side, side))
    assert met.functional_relus == 0
    assert met.repeated_modules == ()
    assert any(isinstance(part, nn.ReLU | nn.ReLU6) for part in module.modules())


def test_the_registry_and_these_tests_name_the_same_architectures():
    assert {name for name, *_ in NETWORKS} == set(ARCHITECTURES)


def test_the_small_stem_keeps_places_that_the_imagenet_stem_gives_up():
    sides = []
    for stem in ("small", "imagenet"):
        module: Any = architecture("resnet18", 1, 5, stem=stem, width=4).eval()
        hook = module.layer4.register_forward_hook(lambda *call: sides.append(call[2].shape[-1]))
        module(torch.rand(1, 1, 28, 28))
        hook.remove()
    assert sides == [4, 1]


def test_a_shortcut_of_option_a_takes_every_second_pixel_and_new_channels_are_zero():
    module: Any = architecture("resnet20", 3, 5).eval()
    block = module.layer2[0]
    nn.init.zeros_(block.bn2.weight)  # no branch: what is left is the shortcut
    nn.init.zeros_(block.bn2.bias)
    features = torch.rand(1, 16, 6, 6)
    found = block(features)
    assert torch.equal(found[:, 8:24], features[:, :, ::2, ::2])
    assert found[:, :8].abs().sum() == found[:, 24:].abs().sum() == 0


def test_same_padding_puts_the_odd_pixel_right_and_below():
    # a kernel of ones over a single bright pixel at the corner counts where it is seen
    module: Any = architecture("mobilenet_v2", 3, 5)
    first = module.features[0]
    nn.init.ones_(first.conv.weight)
    nn.init.zeros_(first.conv.bias)
    image = torch.zeros(1, 3, 8, 8)
    image[0, 0, 7, 7] = 1
    found = first(image)
    assert found.shape[-2:] == (4, 4)
    assert found[0, 0, 3, 3] == 1
    assert found[0, 0].sum() == 1


def test_none_stands_for_an_arguments_default():
    module = architecture("lenet", 1, 5, width=None)
    head = find_head(module.eval(), torch.rand(1, 1, 28, 28))
    assert head is not None
    assert head.width == 84


def test_preprocessing_for_colours_does_not_touch_grey_images():
    assert preprocessing_of("resnet20", 3).mean == (0.485, 0.456, 0.406)
    assert preprocessing_of("resnet20", 1) == Preprocessing()
    assert preprocessing_of("mobilenet_v2", 1).mean == (0.5,)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"name": "lenett"}, r"must be one of convnet, lenet, .*got 'lenett'"),
        ({"name": "lenet", "depth": 3}, "architecture lenet takes width, got depth"),
        ({"name": "squeezenet1_1", "width": 3}, "takes no arguments, got width"),
        ({"name": "resnet20", "depth": 8}, "resnet20 takes width, got depth"),
        ({"name": "lenet", "classes": 2}, "architecture lenet takes width, got classes"),
        ({"name": "lenet", "width": "8"}, "lenet: width must be of type int, got '8'"),
        ({"name": "lenet", "width": 8.5}, "lenet: width must be of type int, got 8.5"),
        ({"name": "vgg16_bn", "dropout": True}, "dropout must be of type float, got True"),
        ({"name": "lenet", "width": True}, "width must be of type int, got True"),
        ({"name": "lenet", "width": 0}, "width must be at least 1, got 0"),
        ({"name": "vgg16_bn", "size": (16, 16)}, "at least 32 x 32 pixels, got 16 x 16"),
        ({"name": "resnet18", "stem": "big"}, "stem must be imagenet or small, got 'big'"),
    ],
)
def test_what_cannot_be_built_is_said_in_one_line(arguments, line):
    with pytest.raises(ValueError, match=line):
        architecture(
            arguments["name"],
            3,
            5,
            arguments.get("size"),
            **{key: value for key, value in arguments.items() if key not in ("name", "size")},
        )


def test_dropout_may_be_left_out():
    assert architecture("vgg16_bn", 3, 5, dropout=0, width=1) is not None


def test_depths_that_do_not_exist_are_refused():
    from core.teachers.cifar_resnet import CifarResNet

    with pytest.raises(ValueError, match=r"6 n \+ 2\), got 21"):
        CifarResNet(3, 10, depth=21)
