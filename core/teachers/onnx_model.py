"""Networks in ONNX files, run by onnxruntime where that is installed: predictions only."""

import importlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.axes import Images
from core.teachers.factory import one_line
from core.teachers.inference import Outputs, as_logits
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Predictions


@dataclass(frozen=True)
class OnnxTeacher:
    """A network in an ONNX file as a teacher.

    ``path``  the file; its first input takes images with channels first, its first output gives
        one row per image
    ``threads``  how many the network may use; part of what makes results repeat bit for bit
    the others as in ``core.teachers.inference.predict``
    """

    path: Path
    num_classes: int
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    batch_size: int = 512
    outputs: Outputs = "logits"
    threads: int = 1

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Probabilities of any image."""
        return frozenset({Capability.PROBABILITIES, Capability.NEW_IMAGES})

    def predict(self, images: Images) -> Predictions:
        """Return logits; raises ``ValueError`` if the network cannot be run or does not fit."""
        rows = self.raw(images)
        if rows.ndim != 2 or rows.shape[1] != self.num_classes:
            raise ValueError(
                f"network {self.path.name} must give one row of {self.num_classes} {self.outputs} "
                f"per image, got {rows.shape}"
            )
        return Predictions(as_logits(rows, self.outputs), None)

    def raw(self, images: Images) -> np.ndarray:
        """Return what the network itself gives; raises ``ValueError`` if it cannot be run."""
        if len(images) == 0:
            raise ValueError("images must hold at least one image, got none")
        source = self._session.get_inputs()[0]
        fixed = source.shape[0] if isinstance(source.shape[0], int) else None
        size = fixed or self.batch_size
        parts = []
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            inputs = self.preprocessing(batch).numpy()
            if fixed and len(batch) < fixed:  # the network reads no fewer images at once
                inputs = np.concatenate([inputs, np.repeat(inputs[-1:], fixed - len(batch), 0)])
            try:
                rows = self._session.run(None, {source.name: inputs})[0]
            except Exception as error:  # onnxruntime's errors are of no public kind
                raise ValueError(
                    f"network {self.path.name} cannot read images of shape {inputs.shape[1:]}, it "
                    f"declares {tuple(source.shape[1:])} ({one_line(error)})"
                ) from error
            parts.append(np.asarray(rows)[: len(batch)])
        return np.concatenate(parts)

    @cached_property
    def _session(self) -> Any:
        try:
            runtime = importlib.import_module("onnxruntime")
        except ImportError:
            raise ValueError(
                "an ONNX network needs onnxruntime, which is not installed: pip install onnxruntime"
            ) from None
        if not self.path.is_file():
            raise ValueError(f"ONNX file {self.path} does not exist: correct teacher.factory")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.use_deterministic_compute = True
        options.log_severity_level = 4  # what matters is raised
        try:
            return runtime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors are of no public kind
            raise ValueError(f"ONNX file {self.path} cannot be read ({one_line(error)})") from error
