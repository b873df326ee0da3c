"""Stage ``deepvid``: the default explanation of a stated set of samples, made beforehand.

The set: samples that the teacher misreads, then the least certain, then the surest of each class,
test samples first; as many as the study allows, and as fit into ``BYTES`` of weight images. A
deployment without torch still shows these.
"""

from dataclasses import dataclass

import numpy as np

from core.deepvid.explanation import KEPT, MOST, axis_influence, explained, recipe_for
from core.saliency.cost import seconds_of_pass
from core.saliency.examined import few_threads
from core.store import Store
from precompute.explainers import examined_teacher, shape_of
from precompute.latent import generators_in, latent, picture_of
from precompute.stage import Work
from precompute.unavailable import declined

LENS = "deepvid"
BYTES = 64_000_000
OF_CLASS = 3  # of each class


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which samples are explained, and why each."""

    samples: np.ndarray
    reasons: list[str]


def deepvid(work: Work) -> None:
    """Write students, their trust, and what the teacher says of the neighbours."""
    if declined(work, LENS):
        return
    shape = shape_of(work.inputs)
    _, teacher = examined_teacher(work, shape)
    space = latent(work.inputs, generators_in(work.inputs)[0])
    classes = len(work.inputs.table("classes"))
    kept = classes if classes <= MOST else KEPT + 1
    fits = max(1, BYTES // (4 * kept * int(np.prod(shape))))
    chosen = samples_to_explain(work.inputs, min(work.study.deepvid.explained, fits))
    recipe = recipe_for(shape, latent=len(space.deviation))
    one_pass = seconds_of_pass(teacher, shape)
    work.progress.expect(len(chosen.samples))

    rows, arrays = [], {name: [] for name in _ARRAYS}
    for place, sample in enumerate(chosen.samples.tolist()):
        picture, code = picture_of(work.inputs, sample), space.codes[sample]
        with few_threads(shape[1:], one_pass):
            found = explained(picture, code, space.decode, space.space, teacher.logits, recipe)
            changes = axis_influence(
                code, space.space.ranges, space.deviation, space.decode, teacher.logits
            )
        trust, held = found.trust, found.held_out
        of = found.classes
        rows.append(
            (
                sample, place, chosen.reasons[place], of[trust.teacher_class],
                of[trust.student_class], trust.total_variation, held.kl, held.top_agreement,
                held.r2, held.n,
            )
        )  # fmt: skip
        values = (
            of, trust.teacher, trust.student, found.weights.weights, found.codes,
            found.probabilities, changes,
        )  # fmt: skip
        for name, value in zip(_ARRAYS, values, strict=True):
            arrays[name].append(value)
        work.progress.advance(note=f"sample {sample}")
    for name, values in arrays.items():
        work.artifact.array(name, np.stack(values).astype("int32" if name == "classes" else "f4"))
    work.artifact.table("explanation", _table(rows))


_ARRAYS = ("classes", "teacher", "student", "weights", "codes", "neighbors", "influence")


def samples_to_explain(inputs: Store, most: int) -> Chosen:
    """The stated set: misread, least certain, surest of each class; test samples first.

    The least certain of all is always among them: pages open on it.
    """
    told = inputs.sql(
        "select s.sample_id, s.label, s.split = 'test' as test, p.predicted, p.entropy "
        "from prediction p join samples s using (sample_id) "
        "where p.epoch = (select max(epoch) from prediction) order by s.sample_id"
    )
    label, predicted = told["label"].to_numpy(), told["predicted"].to_numpy()
    entropy, late = told["entropy"].to_numpy(), ~told["test"].to_numpy(bool)
    found: dict[int, str] = {}

    def take(order: np.ndarray, count: int, reason: str) -> None:
        fresh = [int(sample) for sample in order if int(sample) not in found]
        found.update(dict.fromkeys(fresh[: max(count, 0)], reason))

    sure = np.lexsort((entropy, late))
    of_class = [
        row
        for class_ in np.unique(label)
        for row in sure[(label == class_)[sure] & (predicted == class_)[sure]][:OF_CLASS]
    ]
    misread = np.flatnonzero(predicted != label)
    misread = misread[np.lexsort((-entropy[misread], late[misread]))]
    least_certain = np.lexsort((-entropy, late))
    take(least_certain[:1], 1, "misread" if least_certain[0] in misread else "uncertain")
    take(misread, most - len(found) - min(len(of_class), most // 4), "misread")
    take(least_certain, most - len(found) - len(of_class), "uncertain")
    take(np.array(of_class), most - len(found), "class")
    samples = np.array(sorted(found), np.int64)
    return Chosen(samples, [found[sample] for sample in samples.tolist()])


def _table(rows: list[tuple]) -> dict[str, object]:
    columns = list(zip(*rows, strict=True))
    names = (
        "sample_id", "place", "chosen", "teacher_class", "student_class", "total_variation", "kl",
        "agreement", "r2", "held_out",
    )  # fmt: skip
    whole = {"sample_id", "place", "teacher_class", "student_class", "held_out"}
    return {
        name: list(part)
        if name == "chosen"
        else np.array(part, np.int32 if name in whole else np.float32)
        for name, part in zip(names, columns, strict=True)
    }
