"""A user's own model: modules, exported programs, estimators, and what goes wrong with them."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.seeded import seeded
from core.teachers.inference import TorchTeacher
from core.teachers.own import OwnModel, own_teacher
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher

SOURCE = """
import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=3, width=4):
        super().__init__()
        self.features = nn.Conv2d(1, width, 3)
        self.relu = nn.ReLU()
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(width, classes)

    def forward(self, images):
        return self.fc(self.drop(self.relu(self.features(images)).mean((2, 3))))


class Fitted:
    classes_ = np.array([0, 1, 2])

    def predict_proba(self, rows):
        return np.full((len(rows), 3), 1 / 3)


def forest():
    return Fitted()


def drawn():
    import random
    fitted = Fitted()
    fitted.drawn = (random.random(), np.random.rand())
    return fitted


def broken():
    raise RuntimeError("no such\\nfile")


def number():
    return 7


constant = 3
"""
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), np.uint8)
SHAPE = (8, 8, 1)


@pytest.fixture
def user(tmp_path: Path, monkeypatch):
    """The user's module, importable as ``users_own``."""
    (tmp_path / "users_own.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "users_own", raising=False)
    import importlib

    return importlib.import_module("users_own")


def teacher(factory: str = "users_own:Net", *, classes: int = 3, **settings) -> Any:
    return own_teacher(OwnModel(factory, **settings), classes=classes, image_shape=SHAPE)


def network(user, **arguments) -> Any:
    torch.manual_seed(3)
    return user.Net(**arguments).eval()


def expected(module) -> np.ndarray:
    with torch.no_grad():
        return module(Preprocessing()(IMAGES)).numpy()


@pytest.mark.parametrize("ending", ["safetensors", "pt"])
def test_a_function_and_a_file_of_weights_make_a_teacher(user, tmp_path, ending):
    module, path = network(user, width=6), tmp_path / f"net.{ending}"
    save_file(module.state_dict(), path) if ending == "safetensors" else torch.save(
        module.state_dict(), path
    )
    own = teacher(arguments={"width": 6}, weights=path)
    assert isinstance(own, Teacher)
    np.testing.assert_allclose(own.predict(IMAGES).logits, expected(module), rtol=1e-4, atol=1e-6)
    assert own.capabilities == set(Capability) - {Capability.CHECKPOINTS}


def test_weights_of_another_checkpoint_can_be_put_in(user, tmp_path):
    first, second = network(user), network(user)
    torch.nn.init.zeros_(second.fc.weight)
    save_file(first.state_dict(), tmp_path / "1.safetensors")
    save_file(second.state_dict(), tmp_path / "2.safetensors")
    own = own_teacher(
        OwnModel("users_own:Net", weights=tmp_path / "1.safetensors"),
        classes=3,
        image_shape=SHAPE,
        weights=tmp_path / "2.safetensors",
    )
    np.testing.assert_allclose(own.predict(IMAGES).logits, expected(second), rtol=1e-4, atol=1e-6)


def test_random_weights_are_the_same_every_time_and_leave_torchs_generator_alone(user):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again = teacher().predict(IMAGES), teacher().predict(IMAGES)
    np.testing.assert_array_equal(first.logits, again.logits)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_estimator_is_fitted_alike_every_time_and_other_generators_are_left_alone(user):
    first, again = teacher("users_own:drawn"), teacher("users_own:drawn")
    assert first.estimator.drawn == again.estimator.drawn
    before = random.getstate(), str(np.random.get_state())  # noqa: NPY002
    with seeded(0):
        user.drawn()
    assert (random.getstate(), str(np.random.get_state())) == before  # noqa: NPY002


def exported(user, path: Path, module=None) -> Any:
    module = module or network(user)
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (torch.rand(2, 1, 8, 8),), dynamic_shapes=({0: batch},))
    torch.export.save(program, path)
    return module


# reading an archive makes torch 2.13 hand a read-only buffer to torch.frombuffer
@pytest.mark.filterwarnings("ignore:The given buffer is not writable")
def test_an_exported_program_keeps_gradients_representation_and_head(user, tmp_path):
    module = exported(user, tmp_path / "net.pt2")
    own = teacher(f"export:{tmp_path / 'net.pt2'}", trust_pickle=True)
    found = own.predict(IMAGES)
    np.testing.assert_allclose(found.logits, expected(module), rtol=1e-4, atol=1e-6)
    assert isinstance(own, TorchTeacher)
    assert own.head is not None
    np.testing.assert_allclose(own.head.logits(found.representation), found.logits, atol=1e-5)
    assert Capability.LAYERS not in own.capabilities
    assert Capability.HEAD in own.capabilities
    pixels: Any = torch.rand(1, 1, 8, 8, requires_grad=True)
    own.module(pixels)[0, 0].backward()
    assert pixels.grad.abs().sum() > 0


@pytest.mark.filterwarnings("ignore:The given buffer is not writable")  # as above
def test_a_program_exported_in_training_mode_is_refused(user, tmp_path):
    exported(user, tmp_path / "net.pt2", network(user).train())
    with pytest.raises(ValueError, match=r"in training mode \(dropout\): call module.eval\(\)"):
        teacher(f"export:{tmp_path / 'net.pt2'}", trust_pickle=True)


def test_a_file_that_is_no_exported_program_is_one_line(tmp_path):
    (tmp_path / "net.pt2").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"net\.pt2 cannot be read .*torch\.export") as caught:
        teacher(f"export:{tmp_path / 'net.pt2'}", trust_pickle=True)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=r"absent\.pt2 does not exist"):
        teacher(f"export:{tmp_path / 'absent.pt2'}")


def test_an_exported_program_is_read_only_if_it_is_trusted(user, tmp_path):
    exported(user, tmp_path / "net.pt2")
    with pytest.raises(ValueError, match=r"net\.pt2 may hold pickled .* --trust-pickle") as caught:
        teacher(f"export:{tmp_path / 'net.pt2'}")
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:The given buffer is not writable")  # as above
def test_a_program_exported_for_batches_of_one_size_is_one_line(user, tmp_path):
    program = torch.export.export(network(user), (torch.rand(2, 1, 8, 8),))
    torch.export.save(program, tmp_path / "net.pt2")
    with pytest.raises(ValueError, match=r"takes batches of 2 only: .*dynamic_shapes") as caught:
        teacher(f"export:{tmp_path / 'net.pt2'}", trust_pickle=True)
    assert "\n" not in str(caught.value)


def test_a_function_may_return_an_estimator(user):
    own = teacher("users_own:forest")
    np.testing.assert_allclose(own.predict(IMAGES).logits, np.log(1 / 3), rtol=1e-5)
    assert Capability.GRADIENTS not in own.capabilities


def test_missing_and_extra_keys_are_named_with_their_file(user, tmp_path):
    state = network(user).state_dict()
    state["head.weight"] = state.pop("fc.weight")
    save_file(state, tmp_path / "net.safetensors")
    line = r"net\.safetensors: .*missing fc\.weight; unknown head\.weight"
    with pytest.raises(ValueError, match=line):
        teacher(weights=tmp_path / "net.safetensors")


def test_a_teacher_with_another_number_of_classes_is_noticed(user):
    with pytest.raises(ValueError, match="must give 4 logits per image, got 3"):
        teacher(classes=4).predict(IMAGES)


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"factory": "Net"}, "must be 'package.module:function', 'export:FILE.pt2' or 'onnx:FILE'"),
        ({"factory": "no_such_place:Net"}, "no_such_place cannot be imported .*ModuleNotFound"),
        ({"factory": "users_own:Nett"}, "users_own has no Nett"),
        ({"factory": "users_own:constant"}, "must be a function, got int"),
        ({"factory": "users_own:broken"}, "raised RuntimeError: no such file: call it yourself"),
        ({"factory": "users_own:Net", "arguments": {"depth": 3}}, "raised TypeError: .*'depth'"),
        ({"factory": "users_own:number"}, "must return a torch module or a fitted .*got int"),
        ({"factory": "users_own:forest", "weights": Path("a")}, "makes its own: leave a out"),
        ({"factory": "export:net.pt2", "arguments": {"a": 1}}, "arguments are for a function"),
        ({"factory": "onnx:net.onnx", "weights": Path("a")}, "holds or makes its own: leave a"),
    ],
)
def test_what_cannot_be_made_is_one_line(settings, line):
    with pytest.raises(ValueError, match=line) as caught:
        teacher(**settings)
    assert "\n" not in str(caught.value)
