"""The synthetic images around an image, and how far they have to be so that some flip.

Source: re-label distillation (Hua, Ge and Zhang, "Interpret the Predictions of Deep Networks via
Re-label Distillation", 2021), equations 3, 4 and 6. Our ``code`` is their mu, ``sigma`` their
Sigma, ``scale * noise`` their epsilon. The paper gives epsilon no scale: ours is searched for, per
image, so that a stated share of the neighbours gets another label; one draw of noise serves all
scales, so that the share hardly ever falls as the scale grows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.generators.frequency import spread
from core.generators.generator import Code, Codes, Generator, LatentSpace, Picture, Pictures

Logits = Float[np.ndarray, "sample class"]
Teacher = Callable[[Pictures], Logits]
Labels = Int[np.ndarray, " sample"]

RECONSTRUCTION = "reconstruction flips"
NOTHING = "nothing flips"


@dataclass(frozen=True)
class Perturbation:
    """How neighbours are drawn.

    ``n``  neighbours; the paper's 1,000
    ``flips``  share of them that should get another label, between 0 and 1
    ``tolerance``  how far the share may be from that, above 0
    ``probe``  neighbours that the search looks at; the first of the n
    ``largest``  largest scale tried, in units of sigma
    """

    n: int = 1000
    flips: float = 0.4
    tolerance: float = 0.03
    probe: int = 200
    largest: float = 1024.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.flips < 1:
            raise ValueError(f"flips must be between 0 and 1, got {self.flips}")
        if min(self.n, self.probe) < 2:
            raise ValueError(f"n and probe must be at least 2, got {self.n} and {self.probe}")
        if not self.tolerance > 0:
            raise ValueError(f"tolerance must be positive, got {self.tolerance}")
        if not self.largest >= 1:
            raise ValueError(f"largest must be at least 1, got {self.largest}")


@dataclass(frozen=True)
class Perturbed:
    """Neighbours, what the teacher says of them, and how they came about.

    ``labels`` are those of equation 6, ``scale`` that of the noise in units of sigma, ``flipped``
    the share of labels 0. ``reason`` is empty where all went well, else ``RECONSTRUCTION`` (the
    image's own reconstruction has another class already) or ``NOTHING`` (no neighbour has, at the
    largest scale); there is then no picture to draw, and the neighbours are none.
    """

    pictures: Pictures
    codes: Codes
    logits: Logits
    labels: Labels
    scale: float
    flipped: float
    reason: str = ""


def relabel(logits: Logits, prediction: int) -> Labels:
    """Return 1 where the teacher's class is still the prediction, 0 elsewhere; equation 6."""
    return (logits.argmax(axis=1) == prediction).astype(np.int64)


def perturbed(
    code: Code,
    sigma: Code,
    decode: Callable[[Codes], Pictures],
    teacher: Teacher,
    prediction: int,
    settings: Perturbation,
) -> Perturbed:
    """Return neighbours of an image of which the wanted share flips.

    Where the share jumps across the wanted one, the scale is as near to the jump as 12 halvings of
    the bracket bring it: ``flipped`` says what came out.

    Parameters
    ----------
    code
        The image's code, finite.
    sigma
        Standard deviation of each dimension, not negative (``deviation``).
    decode
        From codes to pictures.
    teacher
        From pictures to logits.
    prediction
        The teacher's class of the image.
    settings
        Number, share and search.

    Raises
    ------
    ValueError
        If code and sigma do not fit or are not finite.
    """
    if code.shape != sigma.shape or not (np.isfinite(code) & np.isfinite(sigma)).all():
        raise ValueError(
            f"code and sigma must be finite and of the same length, got {code.shape} and "
            f"{sigma.shape}"
        )
    random = np.random.default_rng(settings.seed)
    noise = random.standard_normal((settings.n, len(code)), np.float32) * sigma

    def share(scale: float) -> float:
        some = teacher(decode((code + scale * noise[: settings.probe]).astype(np.float32)))
        return 1 - float(relabel(some, prediction).mean())

    own = teacher(decode(code[None].astype(np.float32)))
    none = np.empty((0, 1, 1, 1), np.float32), noise[:0], own[:0], relabel(own[:0], prediction)
    if relabel(own, prediction)[0] == 0:
        return Perturbed(*none, 0.0, 1.0, RECONSTRUCTION)
    scale, found = _scale(share, settings)
    if found == 0:
        return Perturbed(*none, scale, 0.0, NOTHING)
    codes = (code + scale * noise).astype(np.float32)
    pictures = decode(codes)
    logits = teacher(pictures)
    labels = relabel(logits, prediction)
    return Perturbed(pictures, codes, logits, labels, scale, 1 - float(labels.mean()))


def deviation(generator: Generator, picture: Picture, space: LatentSpace | None) -> Code:
    """Return sigma: an encoder's own for the picture, else each coefficient's over the images.

    Raises
    ------
    ValueError
        If the generator has no deviations of its own and no images' codes are given.
    """
    own = getattr(generator, "deviations", None)
    if own is not None:
        return own(picture[None])[0]
    if space is None:
        raise ValueError(
            f"{type(generator).__name__} has no deviations of its own: give the images' codes"
        )
    return spread(space.codes)


def decoder_around(
    generator: Generator, picture: Picture, code: Code
) -> Callable[[Codes], Pictures]:
    """Return what makes a picture's neighbours of codes.

    A trained generator's neighbours are its own pictures, as in the paper. One without training
    knows only low frequencies, whose picture is a blur that mostly has another class: its
    neighbours keep the picture's other frequencies, and the reconstruction is the picture itself.
    """
    if getattr(generator, "deviations", None) is not None:
        return generator.decode
    detail = picture - generator.decode(code[None])[0]
    return lambda codes: np.clip(generator.decode(codes) + detail, 0, 1)


def _scale(share: Callable[[float], float], settings: Perturbation) -> tuple[float, float]:
    """The scale whose share is near the wanted one, and that share; above 0 if any scale's is."""
    low, high = 0.0, 1.0
    found = share(high)
    while found < settings.flips - settings.tolerance and high < settings.largest:
        low, high = high, min(4 * high, settings.largest)
        found = share(high)
    scale, above = high, found
    for _ in range(12):
        if abs(found - settings.flips) <= settings.tolerance:
            break
        if found < settings.flips and scale == settings.largest:
            break
        if found < settings.flips:
            low = scale
        else:
            high, above = scale, found
        scale = (low + high) / 2
        found = share(scale)
    # below the jump nothing may flip: then the neighbours are those just above it
    return (high, above) if found == 0 else (scale, found)
