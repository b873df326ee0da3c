"""Stage ``adversarial``: attacked images among the samples, over training (DVI, figure 1).

A thousand training images, drawn with the study's seed, are attacked at the last checkpoint as in
the teacher's training. The same attacked images are then followed: what every checkpoint says of
them, where its own model of the picture puts them, and which of them are nearest to each sample in
representation, among those of another label. A dashboard without torch can show these.
"""

import numpy as np

from core.neighborhoods import nearest_neighbors
from core.teachers.inference import TorchTeacher
from core.teachers.pgd import attacked_images
from precompute.stage import Work
from precompute.stages.dvi import model_at
from precompute.teachers import teacher_for, training_settings
from precompute.unavailable import decline, declined

ATTACKED = 1_000  # training images
NEAREST = 10  # of each sample, as in figure 1


def adversarial(work: Work) -> None:
    """Write the attacked images, and for every checkpoint their places, classes and nearness."""
    if declined(work, "dvi"):
        return
    epochs = work.inputs.epochs("dvi")
    samples = work.inputs.table("samples")
    label = samples["label"].to_numpy()
    train = np.flatnonzero(samples["split"] == "train")
    if len(train) > ATTACKED:
        random = np.random.default_rng(work.study.seed)
        train = np.sort(random.choice(train, ATTACKED, replace=False))
    others = {class_: np.flatnonzero(label[train] != class_) for class_ in np.unique(label)}
    count = min(NEAREST, *(len(rows) for rows in others.values()))
    if count == 0:
        decline(
            work, "adversarial", "All attacked images bear the same label: there are no others."
        )
        return
    images = work.inputs.array("dataset", "images")
    work.progress.expect(len(epochs) + 1)
    changed = _attacked(work, epochs[-1], np.array(images[train]), label[train])
    work.progress.advance(note="attacked")

    places = np.empty((len(epochs), len(train), 2), np.float32)
    predicted = np.empty((len(epochs), len(train)), np.uint16)
    nearest = np.empty((len(epochs), len(label), count), np.int32)
    for row, epoch in enumerate(epochs):
        said = _teacher(work, epoch, changed.shape[1:]).predict(changed)
        assert said.representation is not None
        places[row] = model_at(work.inputs, epoch).project(said.representation)
        predicted[row] = said.logits.argmax(axis=1)
        asking = np.array(work.inputs.array("predictions", "representation", epoch))
        for class_, rows in others.items():
            own = label == class_
            near, _ = nearest_neighbors(said.representation[rows], count, queries=asking[own])
            nearest[row, own] = rows[near]
        work.progress.advance(note=f"epoch {epoch:g}")

    work.artifact.array("image", changed)
    work.artifact.array("source", train.astype(np.int32))
    work.artifact.array("positions", places)
    work.artifact.array("predicted", predicted)
    work.artifact.array("nearest", nearest)


def _attacked(work: Work, epoch: float, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    teacher = _teacher(work, epoch, images.shape[1:])
    attack = training_settings(work.study).attack
    assert attack is not None  # the pipeline gives this stage to no other study
    return attacked_images(
        teacher.module,
        images,
        labels,
        attack,
        seed=work.study.seed,
        preprocessing=teacher.preprocessing,
        device=work.device,
    )


def _teacher(work: Work, epoch: float, image_shape: tuple[int, ...]) -> TorchTeacher:
    """The checkpoint's teacher; one that was trained here always keeps its weights."""
    teacher = teacher_for(
        work.study,
        (image_shape[0], image_shape[1], image_shape[2]),
        len(work.inputs.table("classes")),
        weights=work.inputs.weights("teacher", "weights", epoch),
        epoch=epoch,
        data_root=work.data_root,
        device=work.device,
    )
    assert isinstance(teacher, TorchTeacher)
    return teacher
