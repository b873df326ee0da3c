"""The distillation loss, and how it is made small: many students at once.

Source: DeepVID, algorithm 1 line 13; Hinton, Vinyals and Dean, "Distilling the Knowledge in a
Neural Network" (2015), section 2: cross-entropy of softmax(z / T) of teacher and student, times T
squared so that a learning rate means the same at every temperature. As T grows the objective tends
to the squared distance of centred logits over twice the number of classes: ``closed_form`` solves
that limit.

``inputs`` hold one group of neighbours per row, with a last feature of ones for the bias; every
group has as many students as there are temperatures. One group with one temperature is one student,
trained by the same code.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Inputs = Float[np.ndarray, "group sample feature"]
Logits = Float[np.ndarray, "group sample class"]
Weights = Float[np.ndarray, "group feature student class"]
Temperatures = Float[np.ndarray, " student"]
PerStudent = Float[np.ndarray, "group student"]

MEMORY = 10  # pairs of steps and gradient changes that L-BFGS keeps


class Descent(NamedTuple):
    """How gradient descent and Adam go through the neighbours."""

    rate: float
    batch_size: int
    epochs: int
    seed: int
    adam: bool


def loss_and_gradient(
    weights: Weights, inputs: Inputs, logits: Logits, temperature: Temperatures, l2: PerStudent
) -> tuple[PerStudent, Weights]:
    """Return the mean cross-entropy in nats (not times T squared) and the objective's gradient.

    The objective is T^2 cross-entropy + l2 / 2 |W|^2, without the bias in the second term.
    """
    groups, features, students, classes = weights.shape
    n = inputs.shape[1]
    outputs = (inputs @ weights.reshape(groups, features, -1)).reshape(groups, n, students, classes)
    t = temperature[:, None]
    # in float64: T (p - q) is a difference of nearly equal numbers where T is large
    ours = _log_softmax(outputs.astype(np.float64) / t)
    theirs = np.exp(_log_softmax(logits[:, :, None].astype(np.float64) / t))
    losses = -(theirs * ours).sum(axis=3).mean(axis=1)
    slope = (t * (np.exp(ours) - theirs) / n).astype(weights.dtype).reshape(groups, n, -1)
    gradient = (inputs.transpose(0, 2, 1) @ slope).reshape(weights.shape)
    gradient[:, :-1] += l2[:, None, :, None].astype(weights.dtype) * weights[:, :-1]
    return losses, gradient


def descend(
    weights: Weights,
    inputs: Inputs,
    logits: Logits,
    temperature: Temperatures,
    l2: PerStudent,
    descent: Descent,
) -> Iterator[tuple[Weights, PerStudent]]:
    """Yield weights and the epoch's mean loss after each epoch of gradient descent or Adam.

    A step of gradient descent is the rate over the neighbours' mean squared norm, so that one rate
    suits pictures of any size; above 4 it may diverge. An epoch's last batch may be smaller.
    """
    random = np.random.default_rng(descent.seed)
    n = inputs.shape[1]
    step = (descent.rate / mean_squared_norm(inputs))[:, None, None, None].astype(weights.dtype)
    first, second, count = np.zeros_like(weights), np.zeros_like(weights), 0
    for _ in range(descent.epochs):
        order = random.permutation(n)
        total = np.zeros((weights.shape[0], weights.shape[2]))
        # a rate that is too high overflows: whoever reads the losses says so
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, n, descent.batch_size):
                chosen = order[start : start + descent.batch_size]
                losses, gradient = loss_and_gradient(
                    weights, inputs[:, chosen], logits[:, chosen], temperature, l2
                )
                total += losses * len(chosen)
                if descent.adam:
                    count += 1
                    first += (gradient - first) * weights.dtype.type(0.1)
                    second += (gradient * gradient - second) * weights.dtype.type(0.001)
                    mean, square = first / (1 - 0.9**count), second / (1 - 0.999**count)
                    weights = weights - descent.rate * mean / (np.sqrt(square) + 1e-8)
                else:
                    weights = weights - step * gradient
        yield weights, total / n


def descend_by_samples(
    first: Float[np.ndarray, "feature class"],
    inputs: Inputs,
    logits: Logits,
    temperature: Temperatures,
    l2: PerStudent,
    descent: Descent,
) -> Iterator[tuple[Callable[[], Weights], PerStudent]]:
    """Yield the same as ``descend`` for gradient descent, cheaper where features outnumber samples.

    Every step adds neighbours to the weights, so W = decay W_0 + X^T a at any time, with one number
    in ``a`` per neighbour, class and student. What the students say about the neighbours is then
    K a with K = X X^T, made once. All students begin at ``first``; weights come as a function,
    since only the last ones are usually wanted.
    """
    random = np.random.default_rng(descent.seed)
    groups, n = inputs.shape[:2]
    classes, students = logits.shape[2], len(temperature)
    pixels = inputs[:, :, :-1]
    kernel = pixels @ pixels.transpose(0, 2, 1)
    step = (descent.rate / mean_squared_norm(inputs))[:, None]
    shrink = (1 - step * l2).astype(np.float32)
    # T (p - q) is a difference of nearly equal numbers where T is large
    precise = np.float32 if temperature.max() <= 100 else np.float64
    t = temperature.astype(precise)[:, None]
    labels = np.exp(
        _log_softmax_of_classes(logits.transpose(0, 2, 1)[:, :, None].astype(precise) / t)
    )
    start_outputs = (pixels @ first[:-1]).transpose(0, 2, 1)[:, :, None]
    amounts = np.zeros((groups, classes, students, n), np.float32)
    bias = np.tile(first[-1][None, :, None, None], (groups, 1, students, 1))
    decay = np.ones((groups, 1, students, 1), np.float32)
    for _ in range(descent.epochs):
        order = random.permutation(n)
        total = np.zeros((groups, students))
        # a rate that is too high overflows: whoever reads the losses says so
        with np.errstate(over="ignore", invalid="ignore"):
            for begin in range(0, n, descent.batch_size):
                chosen = order[begin : begin + descent.batch_size]
                outputs = amounts.reshape(groups, -1, n) @ kernel[:, chosen].transpose(0, 2, 1)
                outputs = outputs.reshape(groups, classes, students, -1) + bias
                outputs += decay * start_outputs[..., chosen]
                logs = _log_softmax_of_classes(outputs.astype(precise) / t)
                truth = labels[..., chosen]
                total -= np.einsum("gcsn,gcsn->gs", truth, logs)
                slope = (t * (np.exp(logs) - truth) / len(chosen)).astype(np.float32)
                slope *= step[:, :, None, None].astype(np.float32)
                amounts *= shrink[:, None, :, None]
                decay = decay * shrink[:, None, :, None]
                amounts[..., chosen] -= slope
                bias = bias - slope.sum(axis=3, keepdims=True)

        def weights(
            amounts: np.ndarray = amounts, decay: np.ndarray = decay, bias: np.ndarray = bias
        ) -> Weights:
            flat = amounts.reshape(groups, -1, n) @ pixels
            own = flat.reshape(groups, classes, students, -1)
            own = own + decay * first[:-1].T[None, :, None]
            return np.concatenate([own, bias], axis=3).transpose(0, 3, 2, 1)

        yield weights, total / n


def lbfgs(
    weights: Weights,
    inputs: Inputs,
    logits: Logits,
    temperature: Temperatures,
    l2: PerStudent,
    iterations: int,
) -> Iterator[tuple[Weights, PerStudent]]:
    """Yield weights and loss after each full-batch iteration, until nothing improves.

    Source: Nocedal and Wright, "Numerical Optimization" (2006), algorithms 7.4 and 3.1. Students
    share no curvature, so each has its own memory; those that are done wait for the others.
    """
    groups, features, students, classes = weights.shape
    flat = np.moveaxis(weights.astype(np.float64), 2, 1).reshape(groups * students, -1)
    wide = inputs.astype(np.float64)
    own = [np.ix_([group], [student]) for group in range(groups) for student in range(students)]
    loss = np.empty((groups, students))

    def objective(number: int, point: np.ndarray) -> tuple[float, np.ndarray, float]:
        group, student = divmod(number, students)
        w = point.reshape(1, features, 1, classes)
        t, decay = temperature[student : student + 1], l2[own[number]]
        entropy, gradient = loss_and_gradient(
            w, wide[group : group + 1], logits[group : group + 1], t, decay
        )
        penalty = 0.5 * decay[0, 0] * np.square(w[:, :-1]).sum()
        return float(t[0] ** 2 * entropy[0, 0] + penalty), gradient.ravel(), float(entropy[0, 0])

    runs = [_lbfgs_run(lambda point, i=i: objective(i, point), flat[i]) for i in range(len(flat))]
    for _ in range(iterations):
        moved = False
        for number, run in enumerate(runs):
            state = next(run, None)
            if state is not None:
                flat[number], loss[np.unravel_index(number, loss.shape)] = state
                moved = True
        if not moved:
            return
        back = flat.reshape(groups, students, features, classes)
        yield np.moveaxis(back, 1, 2).astype(weights.dtype), loss.copy()


def closed_form(
    inputs: Float[np.ndarray, "sample feature"],
    targets: Float[np.ndarray, "sample output"],
    l2: float,
    *,
    share: Float[np.ndarray, " sample"] | None = None,
) -> Float[np.ndarray, "feature1 output"]:
    """Return weights, and in the last row the bias, of the ridge regression on the inputs.

    Source: Hoerl and Kennard, "Ridge Regression" (1970), equation 2.1, on centred data; solved in
    whichever of samples and features are fewer.

    Parameters
    ----------
    inputs
        Finite, without a feature of ones.
    targets
        Finite; every column is a regression of its own.
    l2
        Penalty on squared weights as a share of the inputs' total variance, not negative; 0 gives
        the smallest weights that fit best.
    share
        Positive weight of each sample in the mean, of any sum; None weighs all alike.
    """
    n, features = inputs.shape
    part = np.full(n, 1 / n) if share is None else share / share.sum()
    x_mean, y_mean = part @ inputs, part @ targets
    root = np.sqrt(part)[:, None].astype(inputs.dtype)
    x = root * (inputs - x_mean.astype(inputs.dtype))
    y = root * (targets - y_mean)
    variance = float(np.square(x).sum(dtype=np.float64))
    if variance <= 1e-12:  # neighbours that are all alike tell nothing but their answer
        return np.concatenate([np.zeros((features, y.shape[1])), y_mean[None]])
    if l2 == 0:
        weights = np.linalg.lstsq(x.astype(np.float64), y, rcond=None)[0]
    elif n < features:
        gram = (x @ x.T).astype(np.float64)
        gram[np.diag_indices(n)] += l2 * variance
        weights = x.T.astype(np.float64) @ np.linalg.solve(gram, y)
    else:
        gram = (x.T @ x).astype(np.float64)
        gram[np.diag_indices(features)] += l2 * variance
        weights = np.linalg.solve(gram, x.T @ y)
    return np.concatenate([weights, (y_mean - x_mean @ weights)[None]])


def mean_squared_norm(inputs: Inputs) -> Float[np.ndarray, " group"]:
    """Return each group's mean squared length of an input, the feature of ones included."""
    return np.einsum("gnf,gnf->g", inputs, inputs, dtype=np.float64) / inputs.shape[1]


def _lbfgs_run(objective, point: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    value, gradient, entropy = objective(point)
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    while np.abs(gradient).max() > 1e-7:
        direction = -_two_loops(gradient, pairs)
        slope = float(direction @ gradient)
        size = 1.0 if pairs else min(1.0, 1 / np.abs(gradient).sum())
        while True:
            there = point + size * direction
            new_value, new_gradient, new_entropy = objective(there)
            if new_value <= value + 1e-4 * size * slope:
                break
            size /= 2
            if size < 1e-12:  # rounding: no step goes down any more
                return
        change = (there - point, new_gradient - gradient)
        if change[0] @ change[1] > 1e-12:
            pairs = [*pairs[-MEMORY + 1 :], change]
        point, value, gradient, entropy = there, new_value, new_gradient, new_entropy
        yield point, entropy


def _two_loops(gradient: np.ndarray, pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The inverse Hessian's estimate times the gradient: algorithm 7.4."""
    q, alphas = gradient.copy(), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q -= alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += s * (alpha - y @ q / (s @ y))
    return q


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _log_softmax_of_classes(logits: np.ndarray) -> np.ndarray:
    """The same over the second axis: long inner loops where classes are few."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
