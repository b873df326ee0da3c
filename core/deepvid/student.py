"""The student: softmax(W x + b) on pixels, taught the teacher's soft labels.

Source: DeepVID, section 6.3 (the model), algorithm 1 line 13 (temperature T in training), section 9
(defaults). Our ``pictures`` are its neighbors. Both softmaxes divide by T in training; T is 1 when
the student predicts. Only soft labels are used.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float

from core.deepvid.optimizers import (
    Descent,
    closed_form,
    descend,
    descend_by_samples,
    lbfgs,
    mean_squared_norm,
)
from core.generators.generator import Pictures

Logits = Float[np.ndarray, "sample class"]
Optimizer = Literal["gradient_descent", "adam", "lbfgs", "closed_form"]
RATES = {"gradient_descent": 2.0, "adam": 0.01}


@dataclass(frozen=True)
class StudentSettings:
    """How a student is trained; the defaults are the paper's where it states them.

    ``temperature``  divides the logits of teacher and student in training; positive
    ``optimizer``  gradient descent and Adam go by batches; L-BFGS takes all neighbours at once, one
        iteration an epoch; "closed_form" solves the limit of high temperature exactly
    ``initializer``  normal with deviation 0.01, or zeros; of no matter to the closed form
    ``learning_rate``  of gradient descent (over the neighbours' mean squared norm) or of Adam;
        None: 2 and 0.01. The paper prints none
    ``l2``  penalty on the weights as a share of the neighbours' mean squared norm (of their total
        variance in the closed form)
    """

    temperature: float = 10.0
    optimizer: Optimizer = "gradient_descent"
    initializer: Literal["random", "zeros"] = "random"
    batch_size: int = 128
    epochs: int = 10
    learning_rate: float | None = None
    l2: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be positive and finite, got {self.temperature}")
        if self.optimizer not in ("gradient_descent", "adam", "lbfgs", "closed_form"):
            raise ValueError(
                "optimizer must be gradient_descent, adam, lbfgs or closed_form, "
                f"got {self.optimizer!r}"
            )
        if self.initializer not in ("random", "zeros"):
            raise ValueError(f"initializer must be random or zeros, got {self.initializer!r}")
        for name in ("batch_size", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not (np.isfinite(self.l2) and self.l2 >= 0):
            raise ValueError(f"l2 must be finite and not negative, got {self.l2}")


@dataclass(frozen=True)
class Student:
    """A linear classifier of pictures: one weight image and one bias per class."""

    weights: Float[np.ndarray, "class channel height width"]
    bias: Float[np.ndarray, " class"]

    def logits(self, pictures: Pictures) -> Logits:
        """Return W x + b of each picture."""
        if pictures.shape[1:] != self.weights.shape[1:]:
            raise ValueError(
                f"pictures must have shape {self.weights.shape[1:]} as in training, "
                f"got {pictures.shape[1:]}"
            )
        flat = self.weights.reshape(len(self.weights), -1)
        return pictures.reshape(len(pictures), -1) @ flat.T + self.bias

    def probabilities(self, pictures: Pictures) -> Float[np.ndarray, "sample class"]:
        """Return softmax(W x + b) of each picture, at temperature 1."""
        return soften(self.logits(pictures), 1.0)


@dataclass(frozen=True)
class Lesson:
    """A student after an epoch, and the epoch's mean cross-entropy at temperature T, in nats."""

    epoch: int
    loss: float
    student: Student


def soften(logits: Logits, temperature: float) -> Float[np.ndarray, "sample class"]:
    """Return softmax(z / T) of each row: uniform as T grows, one-hot as it falls to 0."""
    scaled = logits.astype(np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(logits.dtype)


def logits_of(
    probabilities: Float[np.ndarray, "sample class"], floor: float = 1e-4
) -> Float[np.ndarray, "sample class"]:
    """Return logits of a teacher that knows only probabilities: their logarithms.

    A forest says 0, whose logarithm would be minus infinity: below ``floor`` (above 0) counts as
    the floor.
    """
    return np.log(np.maximum(probabilities, probabilities.dtype.type(floor)))


def lessons(pictures: Pictures, logits: Logits, settings: StudentSettings) -> Iterator[Lesson]:
    """Yield the student after each epoch; the last one is the result, whoever stops keeps his.

    Parameters
    ----------
    pictures
        The neighbours, at least one, finite.
    logits
        The teacher's logits for them, finite.
    settings
        How to train.

    Raises
    ------
    ValueError
        If pictures or logits do not fit or are not finite, or if the training diverges.
    """
    grid = lessons_together(
        pictures[None], logits[None], [settings.temperature], [settings.l2], settings
    )
    for epoch, (losses, students) in enumerate(grid, start=1):
        yield Lesson(epoch, float(losses[0, 0]), students(0, 0))


def train(pictures: Pictures, logits: Logits, settings: StudentSettings) -> Student:
    """Return the trained student; arguments and errors as in ``lessons``."""
    *_, last = lessons(pictures, logits, settings)
    return last.student


def lessons_together(
    pictures: Float[np.ndarray, "group sample channel height width"],
    logits: Float[np.ndarray, "group sample class"],
    temperatures: Sequence[float],
    l2s: Sequence[float],
    settings: StudentSettings,
) -> Iterator[tuple[Float[np.ndarray, "group student"], "StudentAt"]]:
    """Yield losses and students of a whole grid after each epoch, trained as one problem.

    Each group of neighbours gets one student per pair of a temperature and an l2 (student k has
    ``temperatures[k]`` and ``l2s[k]``); whatever else the settings say is shared. A student equals
    the one that ``lessons`` trains alone.

    Parameters
    ----------
    pictures
        Groups of equally many neighbours, at least one.
    logits
        The teacher's, for each.
    temperatures, l2s
        Equally many, at least one.
    settings
        The rest; its own temperature and l2 are not used.

    Raises
    ------
    ValueError
        As in ``lessons``, or if temperatures and l2s do not fit.
    """
    _check(pictures, logits, temperatures, l2s)
    groups, n = pictures.shape[:2]
    inputs = np.ones((groups, n, pictures[0, 0].size + 1), np.float32)
    inputs[:, :, :-1] = pictures.reshape(groups, n, -1)
    shape = pictures.shape[2:]
    if settings.optimizer == "closed_form":
        yield _solved(inputs, logits, temperatures, l2s, shape)
        return
    first = np.zeros((inputs.shape[2], logits.shape[2]), np.float32)
    if settings.initializer == "random":
        random = np.random.default_rng(settings.seed)
        first[:-1] = 0.01 * random.standard_normal(first[:-1].shape, np.float32)
    t = np.asarray(temperatures, np.float64)
    l2 = np.asarray(l2s, np.float64) * mean_squared_norm(inputs)[:, None]
    for epoch, (found, losses) in enumerate(_epochs(first, inputs, logits, t, l2, settings), 1):
        if not np.isfinite(losses).all():
            raise ValueError(f"the student diverged in epoch {epoch}: lower the learning rate")
        yield losses, StudentAt(found, shape)


class StudentAt:
    """Students of a grid by their place, cut out of the common weights when asked for.

    To be asked before the next epoch is trained: that one goes on with the same arrays.
    """

    def __init__(self, weights: Callable[[], np.ndarray], shape: tuple[int, ...]) -> None:
        self._weights = weights
        self.shape = shape

    @cached_property
    def weights(self) -> Float[np.ndarray, "group feature student class"]:
        """All weights, the bias as the last feature."""
        return self._weights()

    def __call__(self, group: int, student: int) -> Student:
        """Return one student."""
        own = self.weights[group, :, student]
        return Student(own[:-1].T.reshape(-1, *self.shape).copy(), own[-1].copy())


def centred(logits: Logits) -> Float[np.ndarray, "sample class"]:
    """Return logits without softmax's free constant: their mean is 0 in every row, float64."""
    return logits - logits.mean(axis=1, keepdims=True, dtype=np.float64)


def _epochs(first, inputs, logits, t, l2, settings):
    """After each epoch: the function that returns all weights, and the losses."""
    rate = settings.learning_rate or RATES.get(settings.optimizer, 0.0)
    adam = settings.optimizer == "adam"
    descent = Descent(rate, settings.batch_size, settings.epochs, settings.seed, adam)
    if settings.optimizer == "gradient_descent" and inputs.shape[1] < inputs.shape[2]:
        yield from descend_by_samples(first, inputs, logits, t, l2, descent)
        return
    weights = np.repeat(np.repeat(first[None, :, None], len(inputs), 0), len(t), 2)
    if settings.optimizer == "lbfgs":
        epochs = lbfgs(weights, inputs, logits, t, l2, settings.epochs)
    else:
        epochs = descend(weights, inputs, logits, t, l2, descent)
    for found, losses in epochs:
        # weights that overflowed in the epoch's last step are no result either
        well = np.isfinite(found).all()
        yield (lambda found=found: found), losses if well else np.full_like(losses, np.nan)


def _solved(inputs, logits, temperatures, l2s, shape):
    solved = np.empty((len(inputs), inputs.shape[2], len(l2s), logits.shape[2]), np.float32)
    losses = np.empty((len(inputs), len(l2s)))
    for group, (x, z) in enumerate(zip(inputs, logits, strict=True)):
        for place, (t, l2) in enumerate(zip(temperatures, l2s, strict=True)):
            solved[group, :, place] = closed_form(x[:, :-1], centred(z), l2)
            labels = soften(z.astype(np.float64), t)
            ours = soften(x.astype(np.float64) @ solved[group, :, place], t)
            losses[group, place] = -(labels * np.log(np.maximum(ours, 1e-300))).sum(1).mean()
    return losses, StudentAt(lambda: solved, shape)


def _check(pictures, logits, temperatures, l2s) -> None:
    if not (len(temperatures) == len(l2s) >= 1):
        raise ValueError(
            f"a grid needs as many temperatures as l2s, at least one, got {len(temperatures)} and "
            f"{len(l2s)}"
        )
    for temperature, l2 in zip(temperatures, l2s, strict=True):
        StudentSettings(temperature=temperature, l2=l2)
    if pictures.shape[:2] != logits.shape[:2] or pictures.shape[1] == 0:
        raise ValueError(
            f"a student needs neighbours, at least one, and the logits of each, got "
            f"{pictures.shape[1]} and {logits.shape[1]}"
        )
    for name, values in (("neighbours", pictures), ("the teacher's logits", logits)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
