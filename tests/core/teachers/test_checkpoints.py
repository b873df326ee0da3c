import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from core.teachers.checkpoints import load_weights, restore, training_state, weights
from core.teachers.convnet import ConvNet
from core.teachers.training import Training, make_optimizer


def network(seed: int = 0, width: int = 4) -> ConvNet:
    torch.manual_seed(seed)
    return ConvNet(1, 3, width)


def stepped(seed: int = 0):
    module = network(seed)
    optimizer = make_optimizer(module, Training())
    module(torch.rand(4, 1, 8, 8)).sum().backward()
    optimizer.step()
    generator = torch.Generator().manual_seed(seed)
    torch.rand(5, generator=generator)
    return module, optimizer, generator


def test_weights_survive_a_safetensors_file():
    kept, other = network(0), network(1)
    load_weights(other, load(save(weights(kept))))
    for name, value in kept.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)


def test_weights_are_copies():
    module = network()
    kept = weights(module)
    before = kept["head.bias"].copy()
    with torch.no_grad():
        module.head.bias.add_(1)
    np.testing.assert_array_equal(kept["head.bias"], before)


def test_a_training_state_survives_a_safetensors_file():
    run, other = stepped(0), stepped(1)
    kept = training_state(*run)
    restore(*other, load(save(kept)))
    found = training_state(*other)
    assert found.keys() == kept.keys()
    for name, array in kept.items():
        assert array.dtype == found[name].dtype
        np.testing.assert_array_equal(array, found[name])


def test_arrays_may_be_read_only():
    arrays = weights(network(0))
    for array in arrays.values():
        array.flags.writeable = False
    load_weights(network(1), arrays)


def test_missing_and_unknown_names_are_both_named():
    arrays = weights(network())
    arrays["heads.bias"] = arrays.pop("head.bias")
    with pytest.raises(ValueError, match=r"missing head\.bias; unknown heads\.bias"):
        load_weights(network(), arrays)


def test_a_wrong_shape_shows_both_sides():
    with pytest.raises(ValueError, match=r"must have shape \(4, 1, 3, 3\), got \(8, 1, 3, 3\)"):
        load_weights(network(), weights(network(width=8)))


def test_a_state_of_something_else_is_refused():
    module, optimizer, generator = stepped()
    kept = training_state(module, optimizer, generator)
    with pytest.raises(ValueError, match="must hold module, optimizer and generator, got 'extra'"):
        restore(module, optimizer, generator, {**kept, "extra": np.zeros(1)})
    del kept["generator"]
    with pytest.raises(ValueError, match="missing generator"):
        restore(module, optimizer, generator, kept)


def test_bfloat16_is_kept_as_float32_and_goes_back_bit_for_bit():
    module = network().bfloat16()
    kept = weights(module)
    assert {array.dtype for array in kept.values()} == {np.dtype("float32"), np.dtype("int64")}
    other = network(1).bfloat16()
    load_weights(other, load(save(kept)))
    for name, value in module.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)


def test_a_state_that_is_no_tensor_is_named():
    class Odd(torch.nn.Linear):
        def get_extra_state(self):
            return {"calls": 3}

    with pytest.raises(ValueError, match="tensors only, got dict for '_extra_state'"):
        weights(Odd(2, 3))
