import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.teachers.checkpoints import load_weights
from core.teachers.weight_files import fitted, read_weights


def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(2, 3)


class Marker:
    """Something that is no state dict."""


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"state_dict": d, "epoch": 3}])
def test_a_state_dict_is_found_wherever_it_is_usual(tmp_path: Path, wrap):
    torch.save(wrap(linear().state_dict()), tmp_path / "net.pt")
    module = nn.Linear(2, 3)
    load_weights(module, read_weights(tmp_path / "net.pt"))
    assert torch.equal(module.weight, linear().weight)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(tmp_path: Path, kind):
    save_file({"weight": torch.tensor([0.5, 2.0], dtype=kind)}, tmp_path / "net.safetensors")
    found = read_weights(tmp_path / "net.safetensors")["weight"]
    assert found.dtype == np.float32
    assert found.tolist() == [0.5, 2.0]


def test_a_prefix_that_all_names_share_is_taken_off():
    arrays = {"module.weight": np.zeros(1), "module.bias": np.zeros(1)}
    assert set(fitted(arrays, ["weight", "bias"])) == {"weight", "bias"}
    assert set(fitted(arrays, ["module.weight"])) == set(arrays)
    assert set(fitted({"module.weight": np.zeros(1), "bias": np.zeros(1)}, ["weight"])) == {
        "module.weight",
        "bias",
    }


def test_a_pickle_is_refused_until_it_is_trusted(tmp_path: Path):
    path = tmp_path / "net.pt"
    torch.save({"state_dict": linear().state_dict(), "hyper": Path("x")}, path)
    with pytest.raises(ValueError, match=r"holds more than a state dict .*pathlib.*--trust-pickle"):
        read_weights(path)
    assert set(read_weights(path, trust_pickle=True)) == {"weight", "bias"}


def test_a_whole_module_that_is_trusted_gives_its_state(tmp_path: Path):
    torch.save(linear(), tmp_path / "net.pt")
    found = read_weights(tmp_path / "net.pt", trust_pickle=True)
    np.testing.assert_array_equal(found["weight"], linear().weight.detach().numpy())


def test_a_plain_pickle_is_not_run(tmp_path: Path):
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (ran,))

    (tmp_path / "net.pt").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match=r"net\.pt holds more than a state dict"):
        read_weights(tmp_path / "net.pt")
    assert not ran.exists()


def test_what_cannot_be_unpickled_says_why_even_if_it_is_trusted(tmp_path: Path):
    (tmp_path / "net.pt").write_bytes(b"cnowhere\nNothing\n.")
    with pytest.raises(ValueError, match="cannot be unpickled: No module named 'nowhere'"):
        read_weights(tmp_path / "net.pt", trust_pickle=True)


@pytest.mark.parametrize("name", ["net.pt", "net.safetensors"])
def test_damage_and_absence_are_one_line(tmp_path: Path, name):
    with pytest.raises(ValueError, match=f"{name} does not exist: correct teacher.weights"):
        read_weights(tmp_path / name)
    if name.endswith("pt"):
        torch.save(linear().state_dict(), tmp_path / name)
    else:
        save_file({"weight": torch.zeros(100)}, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for part in (b"", b"nonsense" * 20, whole[: len(whole) // 2]):
        (tmp_path / name).write_bytes(part)
        with pytest.raises(ValueError, match=rf"weights file .*{name} ") as caught:
            read_weights(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [[1, 2], {"lr": 0.1}, {}])
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content):
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(ValueError, match=r"must hold .*: save module.state_dict\(\)"):
        read_weights(tmp_path / "net.pt")


# scripting says that it is deprecated; users have such files
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_torchscript_program_is_no_file_of_weights(tmp_path: Path):
    torch.jit.script(linear()).save(tmp_path / "net.pt")
    for trusted in (False, True):
        with pytest.raises(ValueError, match="is a TorchScript program, not weights: load it in"):
            read_weights(tmp_path / "net.pt", trust_pickle=trusted)
