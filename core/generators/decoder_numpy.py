"""A trained decoder from its plain weights: dragging an axis needs numpy, not torch.

``vae_decoder`` follows ``VAE.picture``, ``dfc_vae_decoder`` follows ``DFCVAE.picture``; weights
carry the names of the torch modules, as the store keeps them.
"""

from collections.abc import Callable, Mapping

import numpy as np

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

    def decode(codes: Codes) -> Pictures:
        features = codes.astype(np.float32) @ unfold.T + unfold_bias
        features = features.reshape(-1, channels, side, side)
        for number, (kernel, bias) in enumerate(blocks):
            features = convolution(features.repeat(2, axis=2).repeat(2, axis=3), kernel, bias)
            if number < count - 1:
                features = np.where(features > 0, features, np.float32(0.01) * features)
        return sigmoid(features)

    return decode


def convolution(features: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the same-sized correlation with an odd kernel, edges replicated, as in the module."""
    n, _, height, width = features.shape
    reach = kernel.shape[2] // 2
    padded = np.pad(features, ((0, 0), (0, 0), (reach, reach), (reach, reach)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2:], axis=(2, 3))
    columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
    result = columns @ kernel.reshape(len(kernel), -1).T + bias
    return result.reshape(n, height, width, len(kernel)).transpose(0, 3, 1, 2)


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
