"""A user's own model as a teacher, whatever it is made of.

``factory`` says where it comes from:

"package.module:function"  returns a torch module, a fitted scikit-learn estimator, or a teacher
"export:FILE.pt2"          a program that ``torch.export.save`` wrote
"onnx:FILE"                a network for onnxruntime
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from core.teachers.checkpoints import load_weights
from core.teachers.estimators import EstimatorTeacher
from core.teachers.exported import exported_module
from core.teachers.factory import made_by
from core.teachers.inference import MemoryFormat, Outputs, TorchTeacher
from core.teachers.onnx_model import OnnxTeacher
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher
from core.teachers.weight_files import fitted, read_weights


@dataclass(frozen=True)
class OwnModel:
    """Where a user's model comes from and how it is read.

    ``factory``  as above
    ``arguments``  what a function is called with
    ``weights``  file of weights for a torch module; None where the function loads them itself
    ``outputs``  whether the model gives logits or probabilities
    ``preprocessing``  what the model expects beyond values in 0..1; not for estimators
    ``trust_pickle``  allow weights that can only be unpickled, and exported programs
    """

    factory: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    outputs: Outputs = "logits"
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    trust_pickle: bool = False

    @property
    def file(self) -> Path | None:
        """The file of an exported program or ONNX network, else None."""
        kind, _, path = self.factory.partition(":")
        return Path(path) if kind in ("export", "onnx") else None


def own_teacher(
    model: OwnModel,
    *,
    classes: int,
    image_shape: tuple[int, int, int],
    device: str = "cpu",
    batch_size: int = 512,
    memory_format: MemoryFormat = "contiguous",
    threads: int = 1,
    seed: int = 0,
    weights: Path | None = None,
) -> Teacher:
    """Return the user's model as a teacher.

    Parameters
    ----------
    model
        Where it comes from.
    classes
        Number of its outputs; more than the data's classes where the data shows only some.
    image_shape
        Height, width and channels of the images.
    device, batch_size, memory_format, threads
        How it is run.
    seed
        For a function that draws random weights.
    weights
        Another file of weights than the model's: one of its checkpoints.

    Raises
    ------
    ValueError
        If the model cannot be had from there; one line.
    """
    path = weights or model.weights
    if model.factory.startswith("onnx:"):
        _no_weights(model, path)
        return OnnxTeacher(
            _file(model), classes, model.preprocessing, batch_size, model.outputs, threads
        )
    lacks = frozenset[Capability]()
    if model.factory.startswith("export:"):
        _no_weights(model, path)
        made: Any = exported_module(_file(model), trust_pickle=model.trust_pickle)
        lacks = frozenset({Capability.LAYERS})
    else:
        made = made_by(model.factory, model.arguments, seed=seed)
    if isinstance(made, nn.Module):
        if path is not None:
            put_weights(made, path, trust_pickle=model.trust_pickle)
        return TorchTeacher(
            made.to(device).eval(),
            classes,
            preprocessing=model.preprocessing,
            batch_size=batch_size,
            device=device,
            lacks=lacks,
            image_shape=image_shape,
            outputs=model.outputs,
            memory_format=memory_format,
        )
    _no_weights(model, path)
    if not (hasattr(made, "predict_proba") or isinstance(made, Teacher)):
        raise ValueError(
            f"teacher.factory {model.factory} must return a torch module or a fitted estimator "
            f"with predict_proba, got {type(made).__name__}"
        )
    if model.preprocessing != Preprocessing():
        raise ValueError(
            f"teacher.preprocessing is for torch modules and ONNX networks, but {model.factory} "
            f"returns {type(made).__name__} (an estimator reads values in 0..1): scale its input "
            f"inside of it"
        )
    return made if isinstance(made, Teacher) else EstimatorTeacher(made, classes)


def put_weights(module: nn.Module, path: Path, *, trust_pickle: bool = False) -> None:
    """Put the weights of a file into a module.

    Raises
    ------
    ValueError
        If the file cannot be read, or names or shapes differ; the line names them.
    """
    arrays = fitted(read_weights(path, trust_pickle=trust_pickle), module.state_dict().keys())
    try:
        load_weights(module, arrays)
    except ValueError as error:
        raise ValueError(f"weights file {path.name}: {error}") from None


def _file(model: OwnModel) -> Path:
    assert model.file is not None
    if model.arguments:
        raise ValueError(
            f"teacher.arguments are for a function, but teacher.factory is {model.factory}: "
            f"leave them out"
        )
    return model.file


def _no_weights(model: OwnModel, path: Path | None) -> None:
    if path is not None:
        raise ValueError(
            f"teacher.weights are for a torch module, but {model.factory} holds or makes its own: "
            f"leave {path} out"
        )
