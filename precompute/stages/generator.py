"""Stage ``generator``: the study's generators, and every shown image in their latent spaces.

A trained generator sees all training images, shown or not (a convolutional one a seeded part of
them); ranges, deviations and correlations of its dimensions are those of the training split.
"""

import copy
import math
from contextlib import nullcontext

import numpy as np
import torch
from torch import nn

from core.axes import Images
from core.generators.autoencoder import (
    Autoencoder,
    AutoencoderEpoch,
    AutoencoderTraining,
    ReconstructionLoss,
    cross_entropy_of_pixels,
    train,
)
from core.generators.dfc_vae import dfc_vae_for, feature_loss, features_of, first_blocks
from core.generators.frequency import Frequency, spread
from core.generators.generator import Generator, encoded, latent_ranges, survey
from core.generators.sampling import correlated_axes
from core.generators.vae import VAE
from core.saliency.examined import few_threads
from core.teachers.inference import TorchTeacher
from core.teachers.preprocessing import Normalized
from core.teachers.protocol import Capability
from precompute.data import images
from precompute.explainers import last_teacher
from precompute.latent import generators_of, kept_frequencies
from precompute.settings import Study
from precompute.stage import Work
from precompute.unavailable import lacks

LENS = "deepvid"
BATCH = 128
STEPS, EPOCHS = 2_000, 25  # of the fully connected one: at least
CONVOLUTIONAL_EPOCHS, CONVOLUTIONAL_IMAGES = 20, 20_000
PIXELS = 4_000_000  # of the images that are encoded at once


def generator(work: Work) -> None:
    """Write weights, codes, ranges and reconstruction errors of each generator."""
    if lacks(work, LENS, "DeepVID", (Capability.NEW_IMAGES,)):
        return
    torch.set_num_threads(work.study.threads)
    shown = np.array(work.inputs.array("dataset", "images"))
    height, width, channels = shown.shape[1:]
    shape = (channels, height, width)
    data = images(work.study, work.data_root)
    rows = data.rows("train")
    training = data.images[rows] if len(rows) else shown
    names = generators_of(work.study, shape, len(training))
    work.progress.expect(len(names) * 100)

    about, losses, ranges, pairs, errors = [], [], [], [], []
    for place, name in enumerate(names):
        with few_threads(shape[1:]) if name == "vae" else nullcontext():
            made, taught, epochs, loss = _made(work, name, shape, training)
            batch = max(1, PIXELS // (height * width * channels))
            codes = encoded(made, training, batch_size=batch)
            ours = survey(made, shown, batch_size=batch)
        if isinstance(made, Autoencoder):
            work.artifact.weights(
                name, {key: value.cpu().numpy() for key, value in made.state_dict().items()}
            )
        work.artifact.array(name, ours.codes)
        (low, high), deviation = latent_ranges(codes).T, spread(codes)
        ranges += [
            (name, dimension, *values)
            for dimension, values in enumerate(zip(low, high, deviation, strict=True))
        ]
        if made.latent <= 128:  # of more, every pair would be a table of its own
            pairs += [(name, *pair) for pair in correlated_axes(codes)]
        errors += [(name, sample, error) for sample, error in enumerate(ours.errors)]
        losses += [(name, e.epoch, e.reconstruction, max(e.divergence, 0.0)) for e in epochs]
        keep = kept_frequencies(shape) if name == "frequency" else 0
        about.append((name, place, made.latent, keep, taught, len(epochs), loss, len(training)))
    _write(work, about, losses, ranges, pairs, errors)


def _made(
    work: Work, name: str, shape: tuple[int, int, int], training: Images
) -> tuple[Generator, int, list[AutoencoderEpoch], str]:
    """A generator, how many images it was trained on, how that went, and by what loss."""
    if name == "frequency":
        work.progress.advance(100, note=name)
        return Frequency(shape, kept_frequencies(shape)), 0, [], ""
    study = work.study
    with torch.random.fork_rng():
        torch.manual_seed(study.seed)
        made: Autoencoder = VAE(shape) if name == "vae" else dfc_vae_for(shape)
    made = made.to(work.device)
    chosen = _training_images(study, name, len(training))
    loss, said = _judged_by(work, name, shape)
    settings = AutoencoderTraining(
        epochs=_epochs(study, name, len(chosen)),
        batch_size=_batch(shape),
        beta=float(study.deepvid.beta),
        seed=study.seed,
    )
    done = 0

    def advance(step: int, steps: int, what: str) -> None:
        nonlocal done
        work.progress.advance(100 * step // steps - done, note=f"{name}, {what}")
        done = 100 * step // steps

    epochs = list(train(made, training[chosen], settings, loss=loss, progress=advance))
    return made, len(chosen), epochs, said


def _training_images(study: Study, name: str, count: int) -> np.ndarray:
    most = study.deepvid.images or (CONVOLUTIONAL_IMAGES if name == "dfc_vae" else count)
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(study.seed).choice(count, most, replace=False))


def _batch(shape: tuple[int, int, int]) -> int:
    """Images of one training step: fewer of large ones, whose feature maps fill the memory."""
    return max(16, min(BATCH, PIXELS // int(np.prod(shape))))


def _epochs(study: Study, name: str, count: int) -> int:
    if study.deepvid.epochs is not None:
        return study.deepvid.epochs
    if name == "dfc_vae":
        return CONVOLUTIONAL_EPOCHS
    return max(EPOCHS, math.ceil(STEPS / math.ceil(count / BATCH)))


def _judged_by(
    work: Work, name: str, shape: tuple[int, int, int]
) -> tuple[ReconstructionLoss, str]:
    """The loss of a generator: pixels, or what the teacher's first three blocks see."""
    if name == "vae":
        return cross_entropy_of_pixels, "cross-entropy of pixels"
    teacher = last_teacher(work, shape)
    if (
        isinstance(teacher, TorchTeacher)
        and Capability.LAYERS in teacher.capabilities
        and any(isinstance(part, nn.Conv2d) for part in teacher.module.modules())
    ):
        module = Normalized(copy.deepcopy(teacher.module), teacher.preprocessing)
        module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - stubs
        layers = [f"network.{block}" for block in first_blocks(module.network)]
        words = f"pixels and the teacher's {', '.join(first_blocks(module.network))}"
        return feature_loss(features_of(module, layers)), words
    return feature_loss(_no_features, deep=0.0), "pixels"


def _no_features(pictures: torch.Tensor) -> list[torch.Tensor]:
    return [pictures]  # weighed by zero: a teacher that has or shows no feature maps


def _write(work: Work, about, losses, ranges, pairs, errors) -> None:
    def table(name: str, rows: list[tuple], columns: dict[str, type]) -> None:
        if rows:
            parts = zip(*rows, strict=True)
            work.artifact.table(
                name,
                {
                    column: list(part) if kind is str else np.array(part, kind)
                    for (column, kind), part in zip(columns.items(), parts, strict=True)
                },
            )

    i, f = np.int32, np.float32
    table(
        "generator",
        about,
        {
            "generator": str, "place": i, "latent": i, "keep": i, "images": np.int64, "epochs": i,
            "loss": str, "surveyed": np.int64,
        },
    )  # fmt: skip
    double = np.float64
    table(
        "generator_loss",
        losses,
        {"generator": str, "epoch": i, "reconstruction": double, "divergence": double},
    )
    table(
        "latent_range",
        ranges,
        {"generator": str, "dimension": i, "low": f, "high": f, "deviation": f},
    )
    table(
        "latent_correlation",
        pairs,
        {"generator": str, "first": i, "second": i, "correlation": f},
    )
    table("reconstruction", errors, {"generator": str, "sample_id": i, "error": f})
