"""A trained decoder from its plain weights: dragging an axis needs numpy, not torch.

``vae_decoder`` follows ``VAE.picture``, ``dfc_vae_decoder`` follows ``DFCVAE.picture``; weights
carry the names of the torch modules, as the store keeps them.
"""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float

from core.generators.frequency import Frequency
from core.generators.generator import Codes, Pictures

Weights = Mapping[str, np.ndarray]
Decoder = Callable[[Codes], Pictures]


BLOCK = 16  # codes that a convolutional decoder takes at once: its columns need memory


def decoder(name: str, weights: Weights, shape: tuple[int, int, int], keep: int = 0) -> Decoder:
    """Return the decoder of a generator by its name: ``vae``, ``dfc_vae`` or ``frequency``.

    Parameters
    ----------
    name
        The generator.
    weights
        Those of a trained one, by the names of its torch modules.
    shape
        Channel, height, width of the pictures.
    keep
        Frequencies along each side, for ``frequency``.

    Raises
    ------
    ValueError
        If the name is another, or as in the functions below.
    """
    match name:
        case "vae":
            return vae_decoder(weights, shape)
        case "dfc_vae":
            whole = dfc_vae_decoder(weights)
            return lambda codes: np.concatenate(
                [whole(codes[start : start + BLOCK]) for start in range(0, len(codes), BLOCK)]
            )
        case "frequency":
            return Frequency(shape, keep).decode
    raise ValueError(f"generator must be vae, dfc_vae or frequency, got {name!r}")


def vae_decoder(weights: Weights, shape: tuple[int, int, int]) -> Decoder:
    """Return the fully connected decoder as a function of codes.

    Parameters
    ----------
    weights
        ``unfold`` and ``leave``, each ``.weight`` and ``.bias``; others may be there too.
    shape
        Channel, height, width of the pictures.

    Raises
    ------
    ValueError
        If a weight is missing, or does not fit the shape.
    """
    unfold, unfold_bias, leave, leave_bias = _needed(
        weights, "unfold.weight", "unfold.bias", "leave.weight", "leave.bias"
    )
    if leave.shape != (np.prod(shape), len(unfold)):
        raise ValueError(
            f"leave.weight must be {(int(np.prod(shape)), len(unfold))} for pictures of {shape}, "
            f"got {leave.shape}"
        )

    def decode(codes: Codes) -> Pictures:
        hidden = np.maximum(codes.astype(np.float32) @ unfold.T + unfold_bias, 0)
        return sigmoid(hidden @ leave.T + leave_bias).reshape(-1, *shape)

    return decode


def dfc_vae_decoder(weights: Weights) -> Decoder:
    """Return the convolutional decoder as a function of codes; batch norms are folded once.

    Parameters
    ----------
    weights
        ``unfold`` and the blocks ``grow.0`` to the last, as in ``DFCVAE``.

    Raises
    ------
    ValueError
        If a weight is missing.
    """
    unfold, unfold_bias = _needed(weights, "unfold.weight", "unfold.bias")
    count = len({name.split(".")[1] for name in weights if name.startswith("grow.")})
    blocks = [_folded(weights, f"grow.{number}") for number in range(count)]
    channels = blocks[0][0].shape[1] if blocks else 0
    side = round((len(unfold) / max(channels, 1)) ** 0.5)
    phases = [(phase_kernels(kernel), bias) for kernel, bias in blocks]

    def decode(codes: Codes) -> Pictures:
        features = codes.astype(np.float32) @ unfold.T + unfold_bias
        features = features.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)
        for number, (kernels, bias) in enumerate(phases):
            features = doubled_convolution(features, kernels, bias)
            if number < count - 1:
                np.maximum(features, np.float32(0.01) * features, out=features)
        return sigmoid(np.ascontiguousarray(features.transpose(0, 3, 1, 2)))

    return decode


def phase_kernels(
    kernel: Float[np.ndarray, "out in 3 3"],
) -> Float[np.ndarray, "row column window out"]:
    """Return the four kernels that ``doubled_convolution`` needs of a 3 x 3 one.

    A pixel of the doubled picture sees two rows of the small one, not three: two of the kernel's
    rows fall on the same row, and their sum does both. So with columns; ``window`` is 2 x 2 x in.
    """
    rows = np.array([[[1, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]], np.float32)
    return np.einsum("oikl,ark,bsl->abrsio", kernel, rows, rows).reshape(2, 2, -1, len(kernel))


def doubled_convolution(
    features: Float[np.ndarray, "sample height width in"],
    kernels: Float[np.ndarray, "row column window out"],
    bias: Float[np.ndarray, " out"],
) -> Float[np.ndarray, "sample double_height double_width out"]:
    """Return the 3 x 3 correlation of the doubled features, edges replicated, without doubling.

    Each of the four pixels that come of one has its own kernel (``phase_kernels``): less than half
    the multiplications, and a quarter of the copies.
    """
    n, height, width, _ = features.shape
    padded = np.pad(features, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    result = np.empty((n, 2 * height, 2 * width, len(bias)), np.float32)
    for row in range(2):
        for column in range(2):
            windows = [
                padded[:, y : y + height, x : x + width]
                for y in (row, row + 1)
                for x in (column, column + 1)
            ]
            found = np.concatenate(windows, axis=3).reshape(n * height * width, -1)
            found = found @ kernels[row, column] + bias
            result[:, row::2, column::2] = found.reshape(n, height, width, -1)
    return result


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logits)) without overflow at either end."""
    return (0.5 * (1 + np.tanh(0.5 * logits))).astype(logits.dtype)


def _folded(weights: Weights, block: str) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a convolution that does its batch norm's work too, where it has one."""
    kernel, bias = _needed(weights, f"{block}.convolution.weight", f"{block}.convolution.bias")
    if f"{block}.norm.weight" not in weights:
        return kernel, bias
    scale, shift, mean, variance = _needed(
        weights, *(f"{block}.norm.{part}" for part in ("weight", "bias", "running_mean")),
        f"{block}.norm.running_var",
    )  # fmt: skip
    factor = scale / np.sqrt(variance + np.float32(1e-5))
    return kernel * factor[:, None, None, None], (bias - mean) * factor + shift


def _needed(weights: Weights, *names: str) -> list[np.ndarray]:
    missing = [name for name in names if name not in weights]
    if missing:
        raise ValueError(f"the decoder needs the weights {', '.join(missing)}, got {list(weights)}")
    return [np.asarray(weights[name], np.float32) for name in names]
