import sys
from pathlib import Path

import numpy as np
import pytest

from core.teachers.onnx_model import OnnxTeacher
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher
from core.uncertainty import softmax
from tests.core.teachers.onnx_bytes import linear_network

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (5, 4, 4, 1), np.uint8)
WEIGHT, BIAS = GENERATOR.normal(size=(16, 3)), GENERATOR.normal(size=3)
EXPECTED = (IMAGES.reshape(5, 16) / 255) @ WEIGHT + BIAS


def saved(folder: Path, batch: int | str = "batch") -> Path:
    path = folder / "net.onnx"
    path.write_bytes(linear_network(WEIGHT, BIAS, (1, 4, 4), batch))
    return path


@pytest.fixture
def runtime():
    pytest.importorskip("onnxruntime", reason="ONNX networks are optional")


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("batch", ["batch", 2])
def test_a_network_gives_its_logits_whatever_batch_it_declares(tmp_path, batch):
    teacher = OnnxTeacher(saved(tmp_path, batch), 3, batch_size=4)
    np.testing.assert_allclose(teacher.predict(IMAGES).logits, EXPECTED, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("runtime")
def test_a_network_of_another_image_or_class_count_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"cannot read images of shape \(1, 5, 5\)"):
        OnnxTeacher(saved(tmp_path), 3).predict(np.zeros((1, 5, 5, 1), np.uint8))
    with pytest.raises(ValueError, match=r"one row of 4 logits per image, got \(5, 3\)"):
        OnnxTeacher(saved(tmp_path), 4).predict(IMAGES)


@pytest.mark.usefixtures("runtime")
def test_a_damaged_or_absent_file_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.onnx does not exist: correct teacher\.factory"):
        OnnxTeacher(tmp_path / "absent.onnx", 3).predict(IMAGES)
    (tmp_path / "net.onnx").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"net\.onnx cannot be read") as caught:
        OnnxTeacher(tmp_path / "net.onnx", 3).predict(IMAGES)
    assert "\n" not in str(caught.value)


def test_without_onnxruntime_the_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match=r"not installed: pip install onnxruntime"):
        OnnxTeacher(saved(tmp_path), 3).predict(IMAGES)


def test_batches_and_preprocessing_reach_the_network(tmp_path, monkeypatch):
    """The runtime is a stand-in that multiplies, so this holds where onnxruntime is missing."""
    sizes = []

    class Input:
        name, shape = "images", ["batch", 1, 4, 4]

    class Session:
        def __init__(self, *_, **__):
            pass

        def get_inputs(self):
            return [Input]

        def run(self, _, feed):
            sizes.append(len(feed["images"]))
            scores = feed["images"].reshape(len(feed["images"]), 16) @ WEIGHT + BIAS
            return [softmax(scores.astype(np.float32))]

    class Runtime:
        InferenceSession = Session

        class SessionOptions:
            pass

    monkeypatch.setitem(sys.modules, "onnxruntime", Runtime)
    teacher = OnnxTeacher(
        saved(tmp_path), 3, Preprocessing((0.5,), (0.5,)), batch_size=2, outputs="probabilities"
    )
    found = teacher.predict(IMAGES).logits
    scores = (IMAGES.reshape(5, 16) / 127.5 - 1) @ WEIGHT + BIAS
    assert sizes == [2, 2, 1]
    np.testing.assert_allclose(np.exp(found), softmax(scores), rtol=1e-4, atol=1e-6)


def test_it_declares_no_more_than_predictions(tmp_path):
    teacher = OnnxTeacher(saved(tmp_path), 3)
    assert isinstance(teacher, Teacher)
    assert teacher.capabilities == {Capability.PROBABILITIES, Capability.NEW_IMAGES}
