"""Stage ``active_learning``: the strategies side by side, from one common first model.

DVI, section 6.3 and figure 9: which images each strategy lets in, and how accurate that makes the
teacher.
"""

import numpy as np

from core.confusion import accuracy
from core.intervals import wilson
from core.teachers.inference import predict
from precompute.data import images
from precompute.figures import Figure, frame
from precompute.rounds import Learner, beginner
from precompute.stage import Work
from precompute.teachers import preprocessing_for


def active_learning(work: Work) -> None:
    """Write in which round each training image entered by each strategy, and the accuracies."""
    study = work.study
    active = study.teacher.active
    assert active is not None
    rounds = study.teacher.epochs
    data = images(study, work.data_root)
    sizes = active.first + active.add * np.arange(rounds)
    work.progress.expect(active.passes * int(sizes[0] + len(active.compared) * sizes[1:].sum()))
    first = beginner(study, data, work.device)
    first.train(work.progress.advance)
    entered: dict[str, np.ndarray] = {}
    figures: list[Figure] = []
    for strategy in active.compared:
        learner = first.copy()
        figures.append(_accuracy(learner, strategy))
        for _ in range(1, rounds):
            learner.choose(strategy)
            learner.train(work.progress.advance)
            figures.append(_accuracy(learner, strategy))
        entered[strategy] = learner.entered

    split_id = data.split_id[data.rows("train")]
    rows = {strategy: np.flatnonzero(when >= 0) for strategy, when in entered.items()}
    work.artifact.table(
        "labelled",
        {
            "strategy": [strategy for strategy, seen in rows.items() for _ in seen],
            "split_id": np.concatenate([split_id[seen] for seen in rows.values()]),
            "round": np.concatenate([entered[name][seen] + 1 for name, seen in rows.items()]),
        },
    )
    work.artifact.table("figure", frame(figures))


def _accuracy(learner: Learner, strategy: str) -> Figure:
    data = learner.data
    test = data.rows("test")
    found = predict(
        learner.module.network,
        data.images[test],
        preprocessing=preprocessing_for(learner.study, data.image_shape[2]),
        device=learner.device,
    )
    predicted = found.logits.argmax(axis=1)
    share = accuracy(data.labels[test], predicted)
    return Figure(
        "active_learning", "accuracy", strategy, "test", float(learner.rounds), share, len(test),
        "share", "higher",
    ).between(wilson(int((predicted == data.labels[test]).sum()), len(test)))  # fmt: skip
