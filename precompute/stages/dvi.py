"""Stage ``dvi``: DeepVisualInsight's picture of one checkpoint, warm from the one before it.

The model is fitted to the training samples and the checkpoint's boundary points; test samples are
projected by it, as any new representation can be: ``model_at`` gives the stored model back.
"""

import numpy as np

from core.dvi.fit import Fit, FitSettings, fit
from core.dvi.model import Head, LandmarkModel, VisualModel
from core.store import Store
from precompute.settings import Study
from precompute.stage import Work
from precompute.unavailable import declined


def dvi(work: Work) -> None:
    """Write places of samples and boundary points, and the model that made them."""
    if declined(work, "dvi"):
        return
    assert work.epoch is not None
    train = training_rows(work.inputs)
    representations = np.array(work.inputs.array("predictions", "representation", work.epoch))
    work.progress.expect(3)
    done = 0

    def advance(step: int, steps: int, what: str) -> None:
        nonlocal done
        work.progress.advance(step - done, note=what)
        done = step

    fitted = fit(
        representations[train],
        np.array(work.inputs.array("boundary", "representation", work.epoch)),
        head_at(work.inputs, work.epoch),
        settings=settings(work.study),
        previous=_before(work, train),
        seed=work.study.seed,
        name=f"epoch {work.epoch:g}",
        progress=advance,
    )
    places = np.empty((len(train), 2), np.float32)
    places[train] = fitted.points
    places[~train] = fitted.model.project(representations[~train])

    work.artifact.weights("model", fitted.model.arrays())
    work.artifact.array("neighbors", fitted.neighbors.astype(np.int32))
    work.artifact.table(
        "embedding",
        {
            "method": [method(work.study)] * len(places),
            "epoch": np.full(len(places), work.epoch),
            "sample_id": np.arange(len(places), dtype=np.int32),
            "x": places[:, 0],
            "y": places[:, 1],
        },
    )
    work.artifact.table(
        "dvi_boundary",
        {
            "epoch": np.full(len(fitted.boundary_points), work.epoch),
            "boundary_id": np.arange(len(fitted.boundary_points), dtype=np.int32),
            "x": fitted.boundary_points[:, 0],
            "y": fitted.boundary_points[:, 1],
        },
    )


def settings(study: Study) -> FitSettings:
    """How the study wants its pictures fitted."""
    wanted = study.dvi
    return FitSettings(
        preset=wanted.preset, neighbors=wanted.neighbors, temporal=float(wanted.temporal)
    )


def method(study: Study) -> str:
    """The name of the method in tables: the default preset has the lens's own."""
    return "dvi" if study.dvi.preset == "lean" else f"dvi_{study.dvi.preset}"


def training_rows(inputs: Store) -> np.ndarray:
    """Which of the shown samples are training samples: the pictures are fitted to them."""
    return (inputs.table("samples")["split"] == "train").to_numpy()


def head_at(inputs: Store, epoch: float) -> Head:
    """The teacher's last layer, as the stage ``boundary`` keeps it."""
    head = inputs.weights("boundary", "head", epoch)
    return Head(head["weight"], head["bias"])


def model_at(inputs: Store, epoch: float) -> VisualModel:
    """The model of a checkpoint, ready to project and to inverse-project."""
    arrays = inputs.weights("dvi", "model", epoch)
    if "places" in arrays:
        return LandmarkModel.from_arrays(arrays)
    from core.dvi.network import NetworkModel  # torch: only for the paper's preset

    return NetworkModel.from_arrays(arrays)


def _before(work: Work, train: np.ndarray) -> Fit | None:
    """The fit of the checkpoint before, put together from what its stages wrote."""
    epochs = work.inputs.epochs("dvi")
    if not epochs:
        return None
    before = epochs[-1]
    representations = work.inputs.array("predictions", "representation", before)
    return Fit(
        model_at(work.inputs, before),
        work.inputs.table("embedding")[["x", "y"]].to_numpy(np.float32)[train],
        work.inputs.table("dvi_boundary")[["x", "y"]].to_numpy(np.float32),
        np.array(work.inputs.array("dvi", "neighbors", before), np.int64),
        None,
        np.array(representations)[train],
        np.array(work.inputs.array("boundary", "representation", before)),
        head_at(work.inputs, before),
    )
