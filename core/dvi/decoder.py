"""Codes of the anchors in the plane, so that inverse projection keeps samples and predictions.

For fixed places, the decoder of ``model`` is linear in its codes, and so are the head's logits:
the reconstruction of equations 8 and 9 plus the cross-entropy of the head's prediction is a convex
problem. It starts from the weighted mean of the samples around each anchor, takes a fixed number
of Adam's steps with gradients written out, and so never depends on chance.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from core.axes import Logits, Representations
from core.dvi.model import Head


def head_gradients(head: Head, logits: Logits) -> Float[np.ndarray, "sample representation"]:
    """Return |d g_top1 / dx| + |d g_top2 / dx| of each sample: equation 9 for a linear head."""
    order = np.argsort(-logits, axis=1, kind="stable")
    size = np.abs(head.weight)
    return size[order[:, 0]] + size[order[:, 1]]


def anchor_codes(
    weights: sparse.csr_matrix,
    coordinates: Float[np.ndarray, "sample latent"],
    basis: Float[np.ndarray, "latent representation"],
    emphasis: Representations,
    head: Float[np.ndarray, "class latent"],
    bias: Float[np.ndarray, " class"],
    predicted: Int[np.ndarray, " sample"],
    prediction_weight: Float[np.ndarray, " sample"],
    *,
    steps: int = 60,
    rate: float = 0.1,
) -> Float[np.ndarray, "anchor latent"]:
    """Return the code of each anchor.

    Parameters
    ----------
    weights
        Weight of each anchor at each sample's place.
    coordinates, basis
        What the samples are, in the basis.
    emphasis
        (1 + grad)^beta of equation 8 for each sample and feature.
    head, bias
        The classifier in the basis.
    predicted, prediction_weight
        The class to keep, and how much that counts beside the reconstruction; 0 for a sample
        that has no clear class, such as a boundary point.
    steps, rate
        Adam's steps and their first length, in units of the codes' root mean square.
    """
    back = weights.T.tocsr()
    forth = weights.astype(np.float32)
    mass = np.asarray(weights.sum(axis=0)).ravel()
    codes = ((back @ coordinates) / np.maximum(mass, 1e-9)[:, None]).astype(np.float32)
    back = back.astype(np.float32)
    spread = max(float((emphasis * (coordinates @ basis) ** 2).sum(axis=1).mean()), 1e-12)
    unit = rate * float(np.sqrt((codes**2).mean()))
    right = np.zeros((len(predicted), len(head)), np.float32)
    right[np.arange(len(predicted)), predicted] = 1
    first, second = np.zeros_like(codes), np.zeros_like(codes)
    for step in range(steps):
        made = forth @ codes
        error = emphasis * ((made - coordinates) @ basis)
        gradient = (2 / spread) * (error @ basis.T)
        probability = _softmax(made @ head.T + bias)
        gradient += (prediction_weight[:, None] * (probability - right)) @ head
        gradient = back @ gradient
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        mean, scale = first / (1 - 0.9 ** (step + 1)), second / (1 - 0.99 ** (step + 1))
        codes -= (unit * (1 - step / steps) * mean / (np.sqrt(scale) + 1e-12)).astype(np.float32)
    return codes


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
