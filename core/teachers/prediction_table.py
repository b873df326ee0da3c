"""A teacher of which only its predictions are at hand: rows of ids, labels and scores.

It judges the images in the table and no others, so whatever asks about changed or new images is
not offered (``Capability.NEW_IMAGES``). Embeddings, where they are given, serve as representation;
there is no head.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.axes import Images, Labels, SampleIds
from core.teachers.inference import as_logits
from core.teachers.protocol import Capability, Predictions

Scores = Float[np.ndarray, "score class"]  # this is the door: lengths may differ
SUM_TOLERANCE = 1e-3  # float16 probabilities of a thousand classes are off by less


@dataclass(frozen=True, eq=False)
class PredictionTable:
    """Predictions by id. Made by ``prediction_table``.

    ``ids``  how the user's data counts its images: ``split_id`` of a data set, for instance
    ``labels``  the true classes
    ``predictions``  row by row
    ``said``  what messages call an id
    """

    ids: SampleIds
    labels: Labels
    predictions: Predictions
    said: Callable[[int], str] = str

    @property
    def num_classes(self) -> int:
        """Number of scores per image."""
        return self.predictions.logits.shape[1]

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Probabilities, and a representation where there are embeddings."""
        can = {Capability.PROBABILITIES}
        if self.predictions.representation is not None:
            can.add(Capability.REPRESENTATION)
        return frozenset(can)

    def of(self, ids: SampleIds) -> Predictions:
        """Return the predictions of these images, in this order.

        Raises
        ------
        ValueError
            If the table lacks one of them.
        """
        order = np.argsort(self.ids, kind="stable")
        place = np.searchsorted(self.ids, ids, sorter=order).clip(max=len(order) - 1)
        found = order[place]
        absent = np.asarray(ids)[self.ids[found] != ids]
        if len(absent):
            raise ValueError(
                f"the table of predictions must hold every image, {len(absent)} of {len(ids)} are "
                f"missing, the first with id {self.said(absent[0])}: add them, or set data.limit"
            )
        representation = self.predictions.representation
        return Predictions(
            self.predictions.logits[found],
            None if representation is None else representation[found],
        )

    def predict(self, images: Images) -> Predictions:
        """Raise ``ValueError``: a table cannot judge an image that it has not met."""
        raise ValueError(
            f"a table of predictions knows its own {len(self.ids)} images only and cannot judge "
            f"{len(images)} others: give the model itself to use this lens"
        )


def prediction_table(
    ids: SampleIds,
    labels: Int[np.ndarray, " label"],
    *,
    logits: Scores | None = None,
    probabilities: Scores | None = None,
    embeddings: Float[np.ndarray, "embedding representation"] | None = None,
    said: Callable[[int], str] = str,
) -> PredictionTable:
    """Return a checked table of predictions.

    Parameters
    ----------
    ids
        One for each image, all different.
    labels
        The true classes, from 0 to below the number of scores.
    logits, probabilities
        Exactly one of them: a row for each image.
    embeddings
        What enters the last linear layer, or any other vector that describes an image.
    said
        What messages call an id.

    Raises
    ------
    ValueError
        If a part does not fit the others, a score is not finite, or probabilities are none.
    """
    if (logits is None) == (probabilities is None):
        raise ValueError("a table of predictions must hold either logits or probabilities")
    scores = np.asarray(probabilities if logits is None else logits)
    sizes = {"labels": labels, "scores": scores, "embeddings": embeddings}
    for name, part in sizes.items():
        if part is not None and len(part) != len(ids):
            raise ValueError(
                f"{name} must have one row for each of {len(ids)} ids, got {len(part)}"
            )
    if len(ids) == 0:
        raise ValueError("a table of predictions must hold at least one image, got none")
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise ValueError(
            f"ids must all differ, got {int((counts > 1).sum())} twice, "
            f"the first {said(values[counts > 1][0])}"
        )
    outside = (labels < 0) | (labels >= scores.shape[1])
    if outside.any():
        raise ValueError(
            f"labels must be from 0 to {scores.shape[1] - 1} for {scores.shape[1]} scores, "
            f"got {labels[outside][0]} for id {said(ids[outside][0])}"
        )
    for name, part in (("scores", scores), ("embeddings", embeddings)):
        if part is not None and not np.isfinite(part).all():
            row = int((~np.isfinite(part)).any(axis=1).argmax())
            raise ValueError(
                f"{name} must be finite, got {part[row].min()} for id {said(ids[row])}"
            )
    if probabilities is not None:
        off = (np.abs(scores.sum(axis=1) - 1) > SUM_TOLERANCE) | (scores < 0).any(axis=1)
        if off.any():
            row = int(off.argmax())
            raise ValueError(
                f"probabilities must not be negative and sum to one, got sum {scores[row].sum():g} "
                f"for id {said(ids[row])} and {int(off.sum())} such rows: give logits as logits"
            )
    representation = None if embeddings is None else np.asarray(embeddings, np.float32)
    outputs = "logits" if probabilities is None else "probabilities"
    predictions = Predictions(as_logits(scores, outputs), representation)
    return PredictionTable(ids, labels, predictions, said)
