"""Stage ``darksight_evaluation``: DarkSight against every other picture, and as a confidence.

On the test split of the last checkpoint, or on all shown samples where there is none; of very many
a random part is judged, and each figure's n says how many. Densities are fitted to all shown
samples, as DarkSight itself is, and asked about those judged; clusters and neighbourhoods are
looked for among those judged alone.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from core.darksight.confidence import kernel_density, largest_probability
from core.darksight.mixtures import dirichlet_mixture, gaussian_mixture
from core.darksight.quality import (
    cluster_preservation,
    global_fidelity,
    hard_confusion,
    local_fidelity,
    mean_probabilities,
    silhouette,
)
from core.darksight.reject import (
    Estimate,
    accuracy_data_area,
    accuracy_data_curve,
    accuracy_data_gain,
    outlier_auroc,
)
from core.darksight.student import Student, probabilities
from core.darksight.transitions import transition_order
from core.intervals import bootstrap
from core.neighborhoods import trustworthiness
from core.side_by_side import side_by_side
from core.store import Store
from core.uncertainty import entropy
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.stages.darksight import THREADS

OURS = "darksight_kde"
ROWS = 200  # of a curve
MOST_NEIGHBORS = 100
NEIGHBORS = 15
JUDGED = 20_000  # most samples judged, drawn with the seed
JUDGED_ENTRIES = 2_000_000  # most of their probabilities: 2,000 samples of 1,000 classes
RESAMPLES = 300  # of the bootstrap behind an interval
ASKED = 2_000  # samples that trustworthiness is a mean over, drawn with the seed where more


@dataclass(frozen=True)
class Shown:
    """All shown samples at the last checkpoint, and which ``rows`` of them are judged."""

    epoch: float
    seed: int
    probabilities: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    split: Literal["test", "all"]
    rows: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """Whether the teacher is right about each sample judged."""
        return (self.predicted == self.labels)[self.rows]


def darksight_evaluation(work: Work) -> None:
    """Write the figures of issue and paper, with both curves, for every picture of the study."""
    shown = _shown(work.inputs, work.study.seed)
    pictures = _pictures(work.inputs, shown.epoch)
    student = student_of(work.inputs)

    work.progress.expect(len(pictures) + 2)
    confidences: dict[str, np.ndarray] = {}
    figures: list[Figure] = []
    local: dict[str, np.ndarray] = {}
    with threadpool_limits(THREADS):
        for found in side_by_side(
            lambda densities: densities(),
            [
                *(
                    partial(_densities, *picture, work.inputs, shown)
                    for picture in pictures.items()
                ),
                partial(_of_probabilities, shown),
            ],
            work.study.threads,
        ):
            confidences |= found
        work.progress.advance(note="densities")
        for name, points in pictures.items():
            figures += _picture(name, points[shown.rows], shown)
            local[name] = _local(points[shown.rows], shown.probabilities[shown.rows])
            work.progress.advance(note=name)
        own = pictures["darksight"][shown.rows]
        local["darksight_student"] = _local(own, probabilities(student, own))
        figures += _outliers(confidences, shown)
    figures += [
        figure for name, values in local.items() for figure in _local_figures(name, values, shown)
    ]
    work.progress.advance(note="outliers")

    work.artifact.table("accuracy_data", _curves(confidences, shown))
    work.artifact.table("local_fidelity", _local_table(local, shown))
    work.artifact.table("figure", frame(figures))


def student_of(store: Store) -> Student:
    """The fitted student of a store."""
    tensors = store.weights("darksight", "student")
    return Student(
        tensors["means"], tensors["factors"], tensors["log_prior"], float(tensors["degrees"])
    )


def _shown(inputs: Store, seed: int) -> Shown:
    epoch = inputs.epochs("predictions")[-1]
    found = np.array(inputs.array("predictions", "probabilities"))
    samples = inputs.table("samples").sort_values("sample_id")
    test = np.flatnonzero(samples["split"] == "test")
    rows = test if len(test) else np.arange(len(samples))
    most = min(JUDGED, JUDGED_ENTRIES // found.shape[1])
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return Shown(
        epoch=epoch,
        seed=seed,
        probabilities=found,
        labels=samples["label"].to_numpy(np.int64),
        predicted=found.argmax(axis=1),
        split="test" if len(test) else "all",
        rows=rows,
    )


def _pictures(inputs: Store, epoch: float) -> dict[str, np.ndarray]:
    """Places of all shown samples by method, ours first."""
    places = inputs.sql(
        "select method, x, y from embedding where epoch = ? order by method, sample_id", [epoch]
    )
    found = {
        str(method): rows[["x", "y"]].to_numpy(np.float32)
        for method, rows in places.groupby("method", sort=False)
    }
    return {"darksight": found.pop("darksight"), **found}


def _densities(name: str, points: np.ndarray, inputs: Store, shown: Shown) -> dict[str, np.ndarray]:
    """Both densities of a picture at the samples judged."""
    asked = points[shown.rows]
    if name == "darksight":  # what the page shows
        stored = inputs.sql("select log_density from darksight_sample order by sample_id")
        kernel = stored["log_density"].to_numpy(np.float64)[shown.rows]
    else:
        kernel = kernel_density(points, seed=shown.seed).log_density(asked)
    mixture = gaussian_mixture(points, shown.predicted).log_density(asked.astype(np.float64))
    return {f"{name}_kde": kernel, f"{name}_gmm": mixture}


def _of_probabilities(shown: Shown) -> dict[str, np.ndarray]:
    """The confidences that need no picture, at the samples judged."""
    p = shown.probabilities
    asked = p[shown.rows]
    return {
        "probabilities_kde": kernel_density(p, seed=shown.seed).log_density(asked),
        "probabilities_dirichlet": dirichlet_mixture(p, shown.predicted).log_density(asked),
        "entropy": -entropy(asked),
        "max_probability": largest_probability(asked),
    }


def _outliers(confidences: dict[str, np.ndarray], shown: Shown) -> list[Figure]:
    """How well each confidence tells right from wrong, and by how much ours does it better."""
    figures = []
    for method, confidence in confidences.items():
        drawn = {"seed": shown.seed, "resamples": RESAMPLES}
        found = {
            "accuracy_data_area": accuracy_data_area(confidence, shown.correct, **drawn),
            "outlier_auroc": outlier_auroc(confidence, shown.correct, **drawn),
        }
        if method != OURS:
            found["accuracy_data_gain"] = accuracy_data_gain(
                confidences[OURS], confidence, shown.correct, **drawn
            )
        figures += [_estimate(metric, method, value, shown) for metric, value in found.items()]
    return figures


def _picture(name: str, points: np.ndarray, shown: Shown) -> list[Figure]:
    """What can be read in a picture: its clusters, their distances, and the ways between them."""
    p, labels, predicted = (
        table[shown.rows] for table in (shown.probabilities, shown.labels, shown.predicted)
    )
    classes, n = p.shape[1], len(p)
    clusters = cluster_preservation(
        points,
        predicted,
        largest_probability(p),
        classes,
        seed=shown.seed,
        resamples=RESAMPLES // 3,  # each goes through all classes
    )
    order = transition_order(points, p, predicted)
    hard = global_fidelity(points, predicted, hard_confusion(labels, predicted, classes))
    soft = global_fidelity(points, predicted, mean_probabilities(labels, p))
    asked = np.arange(n)
    if n > ASKED:
        asked = np.sort(np.random.default_rng(shown.seed).choice(n, ASKED, replace=False))
    trust = np.nan
    if n / 2 > NEIGHBORS:  # where it is defined
        trust = trustworthiness(p, points, NEIGHBORS, rows=asked)
    return [
        _estimate(
            "cluster_preservation",
            name,
            Estimate(clusters.value, clusters.low, clusters.high, n),
            shown,
            unit="correlation",
        ),
        _silhouette(name, points, predicted, shown),
        _figure("global_fidelity", name, hard, n, shown, unit="correlation"),
        _figure("global_fidelity_soft", name, soft, n, shown, unit="correlation"),
        _figure("transition_order", name, order.value, len(order.pairs), shown, unit="correlation"),
        _figure(f"trustworthiness_k{NEIGHBORS}", name, trust, len(asked), shown),
    ]


def _silhouette(name: str, points: np.ndarray, predicted: np.ndarray, shown: Shown) -> Figure:
    n = len(points)
    if len(np.unique(predicted)) < 2:  # there is no other class to be away from
        return _figure("silhouette", name, np.nan, n, shown, unit="")
    values = silhouette(points, predicted)
    ends = bootstrap(values, shown.seed)
    return _figure("silhouette", name, float(values.mean()), n, shown, unit="").between(ends)


def _local(points: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """M_1 to M_100, fewer where there are fewer samples (equation 10)."""
    most = min(MOST_NEIGHBORS, len(points) - 1)
    return local_fidelity(points, answers, most) if most else np.empty(0)


def _local_figures(name: str, values: np.ndarray, shown: Shown) -> list[Figure]:
    return [
        _figure(
            f"local_fidelity_k{k}",
            name,
            values[k - 1] if k <= len(values) else np.nan,
            len(shown.rows),
            shown,
            unit="square root of bits",
            better="lower",
        )
        for k in (1, NEIGHBORS, MOST_NEIGHBORS)
    ]


def _local_table(local: dict[str, np.ndarray], shown: Shown) -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame(
            {
                "method": name,
                "epoch": shown.epoch,
                "split": shown.split,
                "k": np.arange(1, len(values) + 1, dtype=np.int32),
                "value": values,
            }
        )
        for name, values in local.items()
    )


def _curves(confidences: dict[str, np.ndarray], shown: Shown) -> pd.DataFrame:
    """The accuracy-data curve of each confidence at up to 200 evenly spaced shares."""
    n = len(shown.rows)
    kept = np.unique(np.linspace(1, n, min(n, ROWS)).round().astype(np.int64))
    return pd.concat(
        pd.DataFrame(
            {
                "method": method,
                "epoch": shown.epoch,
                "split": shown.split,
                "share": kept / n,
                "accuracy": accuracy_data_curve(confidence, shown.correct)[kept - 1],
            }
        )
        for method, confidence in confidences.items()
    )


def _estimate(
    metric: str, method: str, found: Estimate, shown: Shown, unit: str = "share"
) -> Figure:
    low, high = _known(found.low), _known(found.high)
    figure = _figure(metric, method, found.value, found.n, shown, unit=unit)
    return Figure(**{**vars(figure), "low": low, "high": high})


def _figure(
    metric: str,
    method: str,
    value: float,
    n: int,
    shown: Shown,
    *,
    unit: str = "share",
    better: Literal["higher", "lower"] = "higher",
) -> Figure:
    return Figure(
        "darksight", metric, method, shown.split, shown.epoch, _known(value), n, unit, better
    )


def _known(value: float) -> float | None:
    """The number, or None where the figure is not defined."""
    return None if np.isnan(value) else float(value)
