"""What the stages that explain single images share: the teacher, the samples, the generator."""

from typing import Literal

import numpy as np

from core.generators.autoencoder import Autoencoder
from core.generators.dfc_vae import dfc_vae_for
from core.generators.frequency import Frequency
from core.generators.generator import Generator
from core.generators.vae import VAE
from core.saliency.examined import examined
from core.saliency.method import Examined
from core.store import Store
from core.teachers.checkpoints import load_weights
from core.teachers.inference import TorchTeacher
from core.teachers.protocol import Teacher
from precompute.latent import kept_frequencies
from precompute.stage import Work
from precompute.teachers import teacher_for


def last_teacher(work: Work, shape: tuple[int, int, int]) -> Teacher:
    """The study's teacher at its last checkpoint; ``shape`` is channel, height, width."""
    epoch = work.inputs.epochs("teacher")[-1]
    kept = "weights.safetensors" in work.inputs.manifest("teacher", epoch).files
    return teacher_for(
        work.study,
        (shape[1], shape[2], shape[0]),
        len(work.inputs.table("classes")),
        weights=work.inputs.weights("teacher", "weights", epoch) if kept else None,
        epoch=epoch,
        data_root=work.data_root,
        device=work.device,
        trust_pickle=work.trust_pickle,
    )


def examined_teacher(work: Work, shape: tuple[int, int, int]) -> tuple[Teacher, Examined]:
    """The same, and as explainers see it."""
    teacher = last_teacher(work, shape)
    return teacher, examined(teacher)


def generator_of(inputs: Store, name: str) -> Generator:
    """A generator of the store that encodes new pictures too, which takes torch."""
    shape = shape_of(inputs)
    if name == "frequency":
        return Frequency(shape, kept_frequencies(shape))
    made: Autoencoder = VAE(shape) if name == "vae" else dfc_vae_for(shape)
    load_weights(made, inputs.weights("generator", name))
    return made.eval()


def shape_of(inputs: Store) -> tuple[int, int, int]:
    """Channel, height, width of the study's images."""
    height, width, channels = inputs.array("dataset", "images").shape[1:]
    return channels, height, width


def drawn(inputs: Store, count: int, seed: int) -> np.ndarray:
    """So many of ``in_order``, rising."""
    return np.sort(in_order(inputs, count, seed))


def in_order(inputs: Store, count: int, seed: int) -> np.ndarray:
    """So many test samples, drawn with the seed; of shown images without a test split, any.

    The first n of one order for every n, so that methods of different n share images.
    """
    samples = inputs.table("samples").sort_values("sample_id")
    test = np.flatnonzero((samples["split"] == "test").to_numpy())
    among = test if len(test) else np.arange(len(samples))
    return np.random.default_rng(seed).permutation(among)[:count]


def neutral_color(teacher: Teacher) -> tuple[float, ...]:
    """The colour that the teacher's preprocessing turns into zero, in 0..1; black without one."""
    if not isinstance(teacher, TorchTeacher):
        return (0.0,)
    mean = teacher.preprocessing.mean
    return mean[::-1] if teacher.preprocessing.order == "bgr" else mean


def split_of(inputs: Store) -> Literal["train", "test"]:
    """The split that ``drawn`` draws from."""
    return "test" if "test" in set(inputs.table("samples")["split"]) else "train"
