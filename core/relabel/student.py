"""The linear two-class student, solved to convergence.

Source: re-label distillation, equations 1, 2 and 7. The student's two rows of weights are
w_1 (same class as the image) and w_0 (another); P_S = softmax(w_1 x + b_1, w_0 x + b_0) = (s, 1-s)
depends on w_1 - w_0 and b_1 - b_0 alone, which our ``weights`` and ``bias`` are, and f_S = s. With
P_T = (p, 1 - p), the norm of the soft part is sqrt(2) |s - p|. As 0.7 sqrt(2) > 0.3, every single
term is least where s = p, whatever its label.

The sum over neighbours is their mean here, and a ridge makes the solution unique where there are
more pixels than neighbours. Then the student is sought in the span of the neighbours: with
K = X X^T = L L^T (X centred, L from the eigenvectors) its outputs are L c and its squared norm is
|c|^2, so that nothing larger than n x n is held beside X. |s - p| is smoothed by ``SMOOTH`` at its
kink. The start is the ridge regression on the teacher's log-odds, in closed form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize

from core.generators.generator import Picture, Pictures

Loss = Literal["norms", "cross_entropy"]
Scores = Float[np.ndarray, " sample"]
Labels = Int[np.ndarray, " sample"]
Design = Float[np.ndarray, "sample coordinate"]

SMOOTH = 1e-3
RANK = 1e-6  # share of the largest eigenvalue below which single precision tells nothing
BLOCK = 8192  # pixels whose products are taken at once
SURE = 1e-6  # a teacher's probability is kept this far from 0 and 1, where log-odds are infinite


@dataclass(frozen=True)
class RelabelLoss:
    """What the student is taught by.

    ``kind``  "norms" is equation 7, "cross_entropy" equation 2
    ``soft``, ``hard``  weights of the teacher's probabilities and of the labels
    ``l2``  ridge on the weights, in units of the neighbours' mean squared distance from their mean
    """

    kind: Loss = "norms"
    soft: float = 0.7
    hard: float = 0.3
    l2: float = 1e-4

    def __post_init__(self) -> None:
        if self.kind not in ("norms", "cross_entropy"):
            raise ValueError(f"kind must be norms or cross_entropy, got {self.kind!r}")
        if min(self.soft, self.hard) < 0 or self.soft + self.hard == 0:
            raise ValueError(
                f"soft and hard must not be negative nor both 0, got {self.soft} and {self.hard}"
            )
        if not self.l2 > 0:
            raise ValueError(f"l2 must be positive, got {self.l2}")


@dataclass(frozen=True)
class RelabelStudent:
    """w_1 - w_0 and b_1 - b_0, and how well they were found.

    ``loss`` as printed, without smoothing and ridge; ``residual`` the norm of the objective's
    gradient over that norm where the search began at zero weights; ``iterations`` of L-BFGS.
    """

    weights: Picture
    bias: float
    loss: float
    residual: float
    iterations: int


def solve(
    pictures: Pictures, probabilities: Scores, labels: Labels, loss: RelabelLoss,
    *, iterations: int = 300, offset: Scores | None = None,
) -> RelabelStudent:  # fmt: skip
    """Return the student of re-labelled neighbours.

    Parameters
    ----------
    pictures
        At least two neighbours, 0..1.
    probabilities
        The teacher's p_c for each, 0..1.
    labels
        Equation 6's, 0 or 1.
    loss
        Equation and weights.
    iterations
        At most so many.
    offset
        Outputs (log-odds) that the student's are added to; none where it stands alone.

    Raises
    ------
    ValueError
        If probabilities or labels are out of range, or there are fewer than two neighbours.
    """
    n = len(pictures)
    if n < 2:
        raise ValueError(f"a student needs at least two neighbours, got {n}")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities must be within 0..1")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError("labels must be 0 or 1 (equation 6)")
    flat = pictures.reshape(n, -1)
    mean = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    design, back = _coordinates(flat, mean)
    spread = float(np.square(design).sum() / n) or 1.0
    design /= np.sqrt(spread)
    p = probabilities.astype(np.float64)
    before = np.zeros(n) if offset is None else offset
    objective = _objective(design, p, labels, loss, before)
    start = _ridge(design, _log_odds(p) - before, loss.l2)
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B",
        options={"maxiter": iterations, "maxfun": 4 * iterations, "ftol": 1e-12, "gtol": 1e-8},
    )  # fmt: skip
    zero = np.linalg.norm(objective(np.zeros_like(start))[1])
    residual = float(np.linalg.norm(objective(found.x)[1]) / (zero or 1.0))
    weights = back(found.x[:-1] / np.sqrt(spread))
    bias = float(found.x[-1] - weights @ mean.astype(np.float64))
    outputs = design @ found.x[:-1] + found.x[-1] + before
    return RelabelStudent(
        weights.reshape(pictures.shape[1:]).astype(np.float32),
        bias, relabel_loss(_sigmoid(outputs), p, labels, loss), residual, int(found.nit),
    )  # fmt: skip


def relabel_loss(s: Scores, p: Scores, labels: Labels, loss: RelabelLoss) -> float:
    """Return the mean loss of the student's s against the teacher's p and the labels.

    Equation 7 with its norms as printed, or equation 2's cross-entropies in nats, weighed alike.
    """
    if loss.kind == "norms":
        soft, hard = np.sqrt(2) * np.abs(s - p), np.abs(s - labels)
    else:
        s = np.clip(s, 1e-300, 1 - 1e-16)
        soft = -(p * np.log(s) + (1 - p) * np.log1p(-s))
        hard = -np.where(labels == 1, np.log(s), np.log1p(-s))
    return float((loss.soft * soft + loss.hard * hard).mean())


def _objective(
    design: Design, p: Scores, labels: Labels, loss: RelabelLoss, offset: Scores
) -> Callable[[Float[np.ndarray, " parameter"]], tuple[float, Float[np.ndarray, " parameter"]]]:
    n = len(design)

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        outputs = design @ theta[:-1] + theta[-1] + offset
        s = _sigmoid(outputs)
        if loss.kind == "norms":
            miss = s - p
            smooth = np.sqrt(miss**2 + SMOOTH**2)
            each = loss.soft * np.sqrt(2) * (smooth - SMOOTH) + loss.hard * np.abs(s - labels)
            by_s = loss.soft * np.sqrt(2) * miss / smooth + loss.hard * (1 - 2 * labels)
            slope = by_s * s * (1 - s)
        else:
            # cross-entropy against a mixture of both targets
            log_s, log_not = -np.logaddexp(0, -outputs), -np.logaddexp(0, outputs)
            wanted = loss.soft * p + loss.hard * labels
            each = -(wanted * log_s + (loss.soft + loss.hard - wanted) * log_not)
            slope = (loss.soft + loss.hard) * s - wanted
        ridge = 0.5 * loss.l2 * float(theta[:-1] @ theta[:-1])
        gradient = np.append(design.T @ slope / n + loss.l2 * theta[:-1], slope.mean())
        return float(each.mean()) + ridge, gradient

    return value


def _coordinates(
    flat: Float[np.ndarray, "sample pixel"], mean: Float[np.ndarray, " pixel"]
) -> tuple[Design, Callable[[Float[np.ndarray, " coordinate"]], Float[np.ndarray, " pixel"]]]:
    """Centred neighbours in as few coordinates as do, and the way back to pixels."""
    n, pixels = flat.shape
    if pixels <= n:
        return flat.astype(np.float64) - mean, lambda c: c
    kernel = np.zeros((n, n))
    for start in range(0, pixels, BLOCK):
        block = flat[:, start : start + BLOCK] - mean[start : start + BLOCK]
        kernel += block @ block.T
    values, vectors = np.linalg.eigh(kernel)
    # centring takes one direction, neighbours that are alike take more; rounding leaves noise there
    held = values > RANK * values[-1]
    root, vectors = np.sqrt(values[held]), vectors[:, held]

    def back(c: Float[np.ndarray, " coordinate"]) -> Float[np.ndarray, " pixel"]:
        amounts = vectors @ (c / root)
        weights = np.empty(pixels)
        for start in range(0, pixels, BLOCK):
            block = flat[:, start : start + BLOCK] - mean[start : start + BLOCK]
            weights[start : start + BLOCK] = amounts @ block
        return weights

    return vectors * root, back


def _ridge(design: Design, outputs: Scores, l2: float) -> Float[np.ndarray, " parameter"]:
    """Least squares on the outputs with the ridge, and the bias last."""
    n, size = design.shape
    center, bias = design.mean(axis=0), outputs.mean()
    x = design - center
    gram = x.T @ x / n
    # log-odds are larger than probabilities: their ridge is no smaller than a thousandth
    gram[np.diag_indices(size)] += max(l2, 1e-3)
    weights = np.linalg.solve(gram, x.T @ (outputs - bias) / n)
    return np.append(weights, bias - center @ weights)


def _sigmoid(outputs: Scores) -> Scores:
    return np.exp(-np.logaddexp(0, -outputs))


def _log_odds(p: Scores) -> Scores:
    kept = np.clip(p, SURE, 1 - SURE)
    return np.log(kept) - np.log1p(-kept)
