"""A study's generators: which ones it has, and what the store keeps of each. No torch in here."""

from dataclasses import dataclass

import numpy as np

from core.deepvid.neighbors import Decode
from core.generators.decoder_numpy import decoder
from core.generators.generator import Code, Codes, LatentSpace, Picture, as_pictures
from core.store import Store
from precompute.settings import Study

SMALL = 64  # the longest side that a trained generator is for
KEEP = 16  # frequencies along a side
ENOUGH = 2_000  # training images without which a convolutional generator draws nothing but fog
LEAST, MOST, PIXELS = 10, 1_000, 28 * 28
BUDGET = 350.0  # seconds of one core that an evaluation may keep the teacher busy


@dataclass(frozen=True, eq=False)
class Latent:
    """A generator and the shown images in its latent space.

    ``shape`` channel, height, width; ``codes`` and ``errors`` one row per ``sample_id``; ``space``
    is that of the training images (the shown ones' codes, all images' ranges).
    """

    name: str
    shape: tuple[int, int, int]
    codes: Codes
    errors: np.ndarray
    space: LatentSpace
    deviation: Code
    decode: Decode


def generators_of(study: Study, shape: tuple[int, int, int], images: int) -> tuple[str, ...]:
    """The study's generators, the first is the one that pages show first.

    By default: frequencies where a side is above 64; for small colour images the convolutional one,
    on 32 x 32 beside frequencies, where it fits (a square, its side a multiple of 16) and where
    the training ``images`` are enough, else frequencies alone; for grey ones the fully connected.
    """
    if study.deepvid.generators:
        return study.deepvid.generators
    channels, height, width = shape
    if max(height, width) > SMALL:
        return ("frequency",)
    if channels == 1:
        return ("vae",)
    if height != width or height % 16 or images < ENOUGH:
        return ("frequency",)
    return ("dfc_vae", "frequency") if height == 32 else ("dfc_vae",)


def kept_frequencies(shape: tuple[int, int, int]) -> int:
    """How many frequencies along a side the generator without training keeps."""
    return min(KEEP, *shape[1:])


def picture_of(store: Store, sample_id: int) -> Picture:
    """A shown image as a picture: float32 in 0..1, channels first."""
    return as_pictures(np.array(store.array("dataset", "images")[sample_id : sample_id + 1]))[0]


def generators_in(store: Store) -> list[str]:
    """The generators that the store holds, the first shown first."""
    return list(store.sql("select generator from generator order by place")["generator"])


def latent(store: Store, name: str) -> Latent:
    """A generator as the store keeps it.

    Raises
    ------
    MissingArtifact
        If the stage ``generator`` is not built or holds no such generator.
    """
    height, width, channels = store.array("dataset", "images").shape[1:]
    shape = (channels, height, width)
    ranges = store.sql(
        "select low, high, deviation from latent_range where generator = ? order by dimension",
        [name],
    )
    errors = store.sql(
        "select error from reconstruction where generator = ? order by sample_id", [name]
    )["error"].to_numpy(np.float32)
    keep = int(
        store.sql("select keep from generator where generator = ?", [name])["keep"].to_numpy()[0]
    )
    codes = np.array(store.array("generator", name))
    train = (store.table("samples").sort_values("sample_id")["split"] == "train").to_numpy()
    among = train if train.any() else np.ones(len(codes), bool)
    space = LatentSpace(codes[among], ranges[["low", "high"]].to_numpy(np.float32), errors[among])
    weights = {} if name == "frequency" else store.weights("generator", name)
    return Latent(
        name, shape, codes, errors, space, ranges["deviation"].to_numpy(np.float32),
        decoder(name, weights, shape, keep),
    )  # fmt: skip


def sample_count(asked: int | None, most: int, shape: tuple[int, int, int], seconds: float) -> int:
    """How many test images an evaluation takes: as asked, else what costs as 1,000 of MNIST.

    Generator and student cost more the more pixels there are, and colours want a larger generator;
    ``seconds`` is what one image takes the teacher on one core, in all its passes.
    """
    if asked is not None:
        return min(asked, most)
    cost = (shape[1] * shape[2] / PIXELS) ** 2 * (9 if shape[0] == 3 else 1)
    return min(most, int(np.clip(min(MOST / cost, BUDGET / seconds), LEAST, MOST)))
