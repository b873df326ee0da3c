"""The one place where the dashboard runs a model: a study's teacher on images that no store holds.

Torch is loaded at the first call, never at import; what is missing becomes one line. Calls come one
at a time: a session that finds the model busy waits. Images are decoded by the rules of the data
sets, within limits, and kept nowhere.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import streamlit as st

from core.datasets.decoding import ImageError, decode
from core.store import Store, content_hash, received
from core.teachers.protocol import Capability, Predictions, Teacher
from core.uncertainty import softmax
from pages.parts import reads
from precompute.given import exported_program
from precompute.settings import Study

if TYPE_CHECKING:
    from core.dvi.model import VisualModel
    from core.saliency.method import Examined
    from precompute.channel_graphs import Network
    from precompute.saliency_methods import Contestant

LARGEST_UPLOAD = 20  # megabytes
IMAGE_TYPES = ("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm")
PATIENCE = 120.0  # seconds to wait for another session's model
SAME = 0.01  # largest difference of probabilities between the store's model and the one at hand
LARGEST_ARGUMENT = 512  # of a network that a pack asks for
_BUSY = Lock()


class LiveError(ValueError):
    """The model cannot be run here or refuses the image; the message is one line."""


def why_not(store: Store, *packages: str) -> str | None:
    """Return one line on why no new image can be judged here, None if it can.

    Parameters
    ----------
    packages
        What is needed beside torch.
    """
    can = reads.capabilities(store)
    if can is not None and Capability.NEW_IMAGES not in can:
        return "This teacher is a table of predictions: it cannot judge a new image."
    if (line := _of_pack(store)) is not None:
        return line
    missing = [name for name in ("torch", *packages) if importlib.util.find_spec(name) is None]
    if missing:
        return (
            f"New images need {' and '.join(missing)}, not installed here: "
            "pip install -c constraints.txt '.[precompute]'"
        )
    return None


def _of_pack(store: Store) -> str | None:
    """Return why the model of a study that came in a pack cannot run, None if it can.

    Whoever packed it may be anybody, so nothing is run that its settings name: only Darkroom's own
    networks.
    """
    if received(store.root, store.study, store.fingerprint) is None:
        return None
    epochs = store.epochs("teacher")
    held = [store.manifest("teacher", epoch).files for epoch in epochs]
    if not epochs or not all("weights.safetensors" in files for files in held):
        return (
            "New images need the model, which this pack does not hold: ask for one made with "
            "pack --live."
        )
    teacher, threads = store.settings.get("teacher"), store.settings.get("threads", 1)
    if (
        not isinstance(teacher, dict)
        or not teacher.get("architecture")
        or teacher.get("factory")
        or not all(map(_moderate, [threads, *dict(teacher.get("arguments") or {}).values()]))
    ):
        return (
            "New images need a model of Darkroom's own: what the settings of a pack name is "
            "neither imported nor run."
        )
    return None


def _moderate(value: object) -> bool:
    """Whether a number of a pack's settings cannot make a network that fills the memory."""
    return value is None or (isinstance(value, int | float) and 0 <= value <= LARGEST_ARGUMENT)


def image_shape(store: Store) -> tuple[int, int, int]:
    """Return height, width and channels of the study's images."""
    height, width, channels = store.array("dataset", "images").shape[1:]
    return height, width, channels


def read_image(encoded: bytes, shape: tuple[int, int, int], *, invert: bool = False) -> np.ndarray:
    """Return an encoded image as the study's images are: uint8 [1 height width channel].

    Parameters
    ----------
    encoded
        The file, of any format that data sets may have.
    shape
        Height, width and channels; the middle of the image is cut out and scaled to it.
    invert
        Whether light and dark change places.

    Raises
    ------
    LiveError
        If it is no image, or larger than what is read; one line.
    """
    if len(encoded) > LARGEST_UPLOAD << 20:
        raise LiveError(
            f"an image of at most {LARGEST_UPLOAD} MB was expected, got "
            f"{len(encoded) / (1 << 20):.0f} MB: make it smaller"
        )
    try:
        pixels = decode(encoded, shape[:2], shape[2])
    except ImageError as error:
        raise LiveError(f"the file cannot be read as an image: {error}") from None
    return (255 - pixels if invert else pixels)[None]


def probabilities(store: Store, images: np.ndarray, epoch: float | None = None) -> np.ndarray:
    """Return the teacher's probabilities for images, [image class].

    Parameters
    ----------
    images
        uint8 [image height width channel], as `read_image` gives one.
    epoch
        The checkpoint; the last if not said.

    Raises
    ------
    LiveError
        If the model cannot be run; one line.
    """
    with running(store, epoch) as teacher:
        return softmax(teacher.predict(images).logits)


def judged(store: Store, images: np.ndarray, epoch: float | None = None) -> Predictions:
    """Return the teacher's logits and representations of images; parameters and errors as above."""
    with running(store, epoch) as teacher:
        return teacher.predict(images)


def attacked(
    store: Store, images: np.ndarray, labels: np.ndarray, epoch: float | None = None
) -> np.ndarray:
    """Return the images changed as in the teacher's training so that it errs, uint8.

    Parameters
    ----------
    images, labels
        uint8 [image height width channel] and their class numbers.
    epoch
        The checkpoint that is attacked; the last if not said.

    Raises
    ------
    LiveError
        If the teacher was not trained on attacked images, or the model cannot be run; one line.
    """
    with running(store, epoch) as teacher:
        from core.teachers.inference import TorchTeacher  # torch, as below
        from core.teachers.pgd import attacked_images
        from precompute.teachers import training_settings

        study = msgspec.convert(store.run.settings, Study)
        attack = training_settings(study).attack
        if attack is None or not isinstance(teacher, TorchTeacher):
            raise LiveError("this study's teacher was not trained on attacked images")
        return attacked_images(
            teacher.module,
            images,
            labels,
            attack,
            seed=study.seed,
            preprocessing=teacher.preprocessing,
            device=teacher.device,
        )


@contextmanager
def answering(store: Store, epoch: float | None = None) -> Iterator["Examined"]:
    """The study's teacher as explainers see it, from pictures to logits; as `running`."""
    with running(store, epoch) as teacher:
        from core.saliency.examined import examined  # torch, as below

        found = examined(teacher)
        with _few_threads(found, store):
            yield found


@contextmanager
def contesting(
    store: Store, epoch: float | None = None
) -> Iterator[tuple["Examined", list["Contestant"], tuple[float, ...]]]:
    """The teacher as explainers see it, the saliency methods, what deletion puts; as `running`."""
    with running(store, epoch) as teacher:
        contest = _contest(
            store, str(store.root), store.study, store.fingerprint, epoch, _of=teacher
        )
        with _few_threads(contest[0], store):
            yield contest


def visual_model(store: Store, epoch: float) -> "VisualModel":
    """Return DeepVisualInsight's model of a checkpoint, ready to project representations.

    Raises
    ------
    LiveError
        If it is the paper's network and torch is missing.
    """
    from core.dvi.model import LandmarkModel

    arrays = store.weights("dvi", "model", epoch)
    if "places" in arrays:
        return LandmarkModel.from_arrays(arrays)
    if (line := why_not(store)) is not None:
        raise LiveError(line)
    from core.dvi.network import NetworkModel

    return NetworkModel.from_arrays(arrays)


def encoded(store: Store, generator: str, images: np.ndarray) -> np.ndarray:
    """Return the codes of images in a generator of the store, [image latent].

    Parameters
    ----------
    generator
        Its name.
    images
        uint8 [image height width channel].

    Raises
    ------
    LiveError
        If torch is missing.
    """
    if (line := why_not(store)) is not None:
        raise LiveError(line)
    from core.generators.generator import as_pictures
    from precompute.explainers import generator_of  # torch, as above

    return generator_of(store, generator).encode(as_pictures(images))


def chosen_channels(store: Store, image: np.ndarray) -> list[np.ndarray]:
    """Return which channels of each of Summit's layers one image chose, the lowest layer first.

    Parameters
    ----------
    image
        uint8 [1 height width channel].

    Raises
    ------
    LiveError
        If the study has no graphs of activation, or the model cannot be run; one line.
    """
    study = msgspec.convert(store.run.settings, Study)
    if not store.has("summit") or "summit_layer.parquet" not in store.manifest("summit").files:
        raise LiveError("which channels an image chooses comes from the stage summit")
    with running(store) as teacher:
        from core.summit.settings import PRESETS
        from precompute.channel_graphs import chosen_channels as chosen  # torch, as above

        preset = PRESETS[study.summit.preset]
        if preset.seed != "activation":
            raise LiveError("of graphs that begin with relevance no new image is followed")
        layers = store.sql("select channels, share from summit_layer order by layer")
        network = _network(
            store, str(store.root), store.study, store.fingerprint, study.summit.layers, _of=teacher
        )
        maxima = np.concatenate(list(network.maxima(image)))
        found = chosen(maxima, layers["channels"].tolist(), layers["share"].tolist(), preset)
    return [layer[0] for layer in found]


@contextmanager
def running(store: Store, epoch: float | None = None) -> Iterator[Teacher]:
    """The study's teacher, for as long as the context lasts; nobody else runs one meanwhile.

    What the model raises inside becomes a `LiveError`.

    Parameters
    ----------
    epoch
        The checkpoint; the last if not said.

    Raises
    ------
    LiveError
        If torch is missing, the model cannot be made again or is not the one of the store, or
        another session keeps it busy.
    """
    if (line := why_not(store)) is not None:
        raise LiveError(line)
    if not _BUSY.acquire(timeout=PATIENCE):
        raise LiveError("the model is busy with another session's images: try again in a while")
    try:
        yield _teacher(store, str(store.root), store.study, store.fingerprint, epoch)
    except LiveError:
        raise
    except (ValueError, RuntimeError, OSError, ImportError) as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise LiveError(f"the model cannot be run: {said[0]}") from error
    finally:
        _BUSY.release()


@st.cache_resource(max_entries=2, show_spinner=False)  # two that are compared take turns
def _teacher(
    _store: Store, root: str, study: str, fingerprint: str, epoch: float | None
) -> Teacher:
    from precompute.teachers import teacher_for  # torch, seconds to load: only where it is needed

    settings = msgspec.convert(_store.run.settings, Study)
    kept = "weights.safetensors" in _store.manifest("teacher", epoch).files
    given = os.environ.get("DARKROOM_DATA")
    data_root = None if given is None else Path(given)
    teacher = teacher_for(
        settings,
        image_shape(_store),
        len(reads.class_names(_store)),
        weights=_store.weights("teacher", "weights", epoch) if kept else None,
        epoch=epoch,
        data_root=data_root,
        trust_pickle=_as_built(_store, settings, epoch, data_root),
    )
    _check(_store, teacher, epoch)
    return teacher


def _few_threads(teacher: "Examined", store: Store) -> AbstractContextManager[None]:
    from core.saliency.cost import seconds_of_pass  # torch, as above
    from core.saliency.examined import few_threads

    height, width, channels = image_shape(store)
    return few_threads((height, width), seconds_of_pass(teacher, (channels, height, width)))


@st.cache_resource(max_entries=1, show_spinner=False)
def _contest(
    _store: Store, root: str, study: str, fingerprint: str, epoch: float | None, *, _of: Teacher
) -> tuple["Examined", list["Contestant"], tuple[float, ...]]:
    from core.saliency.examined import examined  # torch, as above
    from precompute.explainers import generator_of, neutral_color
    from precompute.latent import generators_in, latent
    from precompute.saliency_methods import contestants

    height, width, channels = image_shape(_store)
    names = generators_in(_store)
    name, frequency = names[0], "frequency"
    images = _store.array("dataset", "images")
    train = np.flatnonzero(~reads.samples(_store).is_test)
    teacher, color = examined(_of), neutral_color(_of)
    methods = contestants(
        (channels, height, width),
        generator_of(_store, name),
        latent(_store, name).space,
        np.array(images[train] if len(train) else images),
        teacher,
        color,
        frequency=(generator_of(_store, frequency), latent(_store, frequency).space)
        if frequency in names
        else None,
        paper=bool(_store.settings.get("paper")),
    )
    return teacher, methods, color


@st.cache_resource(max_entries=1, show_spinner=False)
def _network(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    layers: tuple[str, ...],
    *,
    _of: Teacher,
) -> "Network":
    from precompute.channel_graphs import network_of  # torch, as above

    return network_of(_of, image_shape(_store), layers=layers)


def _as_built(store: Store, study: Study, epoch: float | None, data_root: Path | None) -> bool:
    """Whether an exported program is the one that was trusted when the study was built.

    Torch unpickles parts of it, so another one is not read. Of a pack no own model is run.
    """
    program = exported_program(study, data_root)
    if program is None:
        return False
    content = str(store.manifest("teacher", epoch).settings.get("content"))
    if content_hash(program) == content.partition(" ")[2]:
        return True
    raise LiveError(
        f"the exported program {program.name} is not the one that this store was built with: "
        f"build the study again"
    )


def _check(store: Store, teacher: Teacher, epoch: float | None) -> None:
    """Refuse a model that says something else than the store's did: a given file may be new."""
    images = np.array(store.array("dataset", "images")[:2])
    stored = np.array(store.array("predictions", "probabilities", epoch)[:2])
    off = float(np.abs(softmax(teacher.predict(images).logits) - stored).max())
    if not off <= SAME:
        raise LiveError(
            f"the model at hand is not the one that this store was built with: its probabilities "
            f"differ by {off:.2f}; build the study again"
        )
