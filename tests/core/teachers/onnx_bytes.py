"""A linear network as an ONNX file, byte by byte, so that no test needs the package onnx."""

import numpy as np

FLOAT = 1


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _tensor(name: str, array: np.ndarray) -> bytes:
    dims = b"".join(_field(1, side) for side in array.shape)
    return dims + _field(2, FLOAT) + _field(8, name) + _field(9, array.astype("<f4").tobytes())


def _value(name: str, shape: tuple[int | str, ...]) -> bytes:
    sides = b"".join(
        _field(1, _field(1, side) if isinstance(side, int) else _field(2, side)) for side in shape
    )
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, sides)))


def _node(kind: str, inputs: list[str], output: str) -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)


def linear_network(
    weight: np.ndarray, bias: np.ndarray, image: tuple[int, int, int], batch: int | str = "batch"
) -> bytes:
    """The file of ``images.flatten(1) @ weight + bias``."""
    graph = (
        _field(1, _node("Flatten", ["images"], "flat"))
        + _field(1, _node("Gemm", ["flat", "weight", "bias"], "logits"))
        + _field(2, "linear")
        + _field(5, _tensor("weight", weight))
        + _field(5, _tensor("bias", bias))
        + _field(11, _value("images", (batch, *image)))
        + _field(12, _value("logits", (batch, weight.shape[1])))
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))
