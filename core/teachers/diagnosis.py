"""What is usually wrong with a model, found on a few images and said with how to mend it.

Each function looks at one thing and returns a ``Finding``. They take predictions as functions or
arrays, so that they serve every teacher.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from core.axes import Images, Labels
from core.intervals import wilson
from core.teachers.factory import one_line
from core.teachers.preprocessing import Preprocessing

Predict = Callable[[Images], np.ndarray]
Outputs = Float[np.ndarray, "sample class"]
MOSTLY = 0.5  # of the images, before another order of classes explains a model
TOLERANCE = 1e-3  # of sums of probabilities, and of repeated outputs relative to their size


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is well, and one line of what was found."""

    what: str
    good: bool
    said: str


def loading(load: Callable[[], object], done: str = "made") -> Finding:
    """Return whether a model can be made at all; the line is the error's own.

    Functions that raise, files that are absent, and weights with missing or extra keys all end
    here; ``core.teachers.own`` words them.

    Parameters
    ----------
    load
        Makes the model, or does something else with it.
    done
        What ``load`` does, as a participle.
    """
    try:
        load()
    except ValueError as error:
        return Finding("model", False, " ".join(str(error).split()))
    except Exception as error:  # whatever a user's code raises is a finding
        return Finding("model", False, f"the model cannot be {done}: it raised {one_line(error)}")
    return Finding("model", True, done)


def steadiness(predict: Predict, images: Images) -> Finding:
    """Return whether an image's outputs depend on that image only.

    A model that is not in evaluation mode gives other outputs in a second pass (dropout) or beside
    other images (batch normalisation by the batch).

    Parameters
    ----------
    predict
        From images to outputs, without switching modes.
    images
        At least two that differ.

    Raises
    ------
    ValueError
        If one image alone gives outputs of another shape than a row of those of several.
    """
    first, again = predict(images), predict(images)
    size = float(np.abs(first).max()) or 1.0
    apart = float(np.abs(first - again).max()) / size
    if not apart <= TOLERANCE:
        return Finding(
            "evaluation mode",
            False,
            f"two passes over the same images differ by {apart:.1%}: something draws at random; "
            "call module.eval(), and give F.dropout training=self.training",
        )
    single = [predict(images[row : row + 1]) for row in range(min(len(images), 4))]
    if any(outputs.shape != first[:1].shape for outputs in single):
        raise ValueError(
            f"the model gives outputs of shape {single[0].shape} for one image and "
            f"{first.shape} for {len(first)}: squeeze only axes of size one by their number"
        )
    alone = np.concatenate(single)
    apart = float(np.abs(first[: len(alone)] - alone).max()) / size
    if not apart <= 10 * TOLERANCE:  # other batch sizes round otherwise
        return Finding(
            "evaluation mode",
            False,
            f"an image's outputs change by {apart:.1%} with the images beside it: batch "
            "normalisation still reads the batch; call module.eval()",
        )
    return Finding("evaluation mode", True, "an image's outputs depend on that image only")


def finite(outputs: np.ndarray) -> Finding:
    """Return whether all outputs are finite."""
    bad = ~np.isfinite(outputs).all(axis=1)
    if bad.any():
        kind = "NaN" if np.isnan(outputs).any() else "infinite"
        return Finding(
            "finite outputs",
            False,
            f"{kind} outputs for {int(bad.sum())} of {len(outputs)} images, the first in row "
            f"{int(bad.argmax())}: check the weights and the scale of the input",
        )
    return Finding("finite outputs", True, f"all outputs of {len(outputs)} images are finite")


def class_count(outputs: np.ndarray, classes: int) -> Finding:
    """Return whether there is one output per class.

    Parameters
    ----------
    outputs
        Of some images, as the model gives them.
    classes
        Number of class names.
    """
    if outputs.ndim != 2:
        return Finding(
            "classes",
            False,
            f"the model must give one row of {classes} outputs per image, got shape "
            f"{outputs.shape}: return the logits alone",
        )
    found = outputs.shape[1]
    if found == classes:
        return Finding("classes", True, f"{found} outputs for {classes} classes")
    if found == 1 and classes == 2:
        return Finding(
            "classes",
            False,
            "one output for 2 classes: return two logits, torch.cat([-z, z], 1) / 2 of that one",
        )
    more = ", or name all outputs in teacher.class_names" if found > classes else ""
    return Finding(
        "classes",
        False,
        f"{found} outputs for {classes} classes: correct data.class_names, or the number of "
        f"classes in teacher.arguments{more}",
    )


def kind_of_outputs(outputs: Outputs, declared: str) -> Finding:
    """Return whether logits are logits and probabilities are probabilities.

    Parameters
    ----------
    outputs
        As the model gives them, before anything is done to them.
    declared
        "logits" or "probabilities", as the study says.
    """
    sums = outputs.sum(axis=1)
    proper = (outputs >= 0).all(axis=1) & (np.abs(sums - 1) <= TOLERANCE)
    if declared == "logits" and proper.all():
        return Finding(
            "outputs",
            False,
            "every row is positive and sums to one: these are probabilities, not logits; remove "
            "the softmax, or say teacher.outputs = 'probabilities'",
        )
    if declared == "probabilities" and not proper.all():
        row = int((~proper).argmax())
        return Finding(
            "outputs",
            False,
            f"{int((~proper).sum())} of {len(outputs)} rows are no probabilities, row {row} sums "
            f"to {sums[row]:.4g} with a least of {outputs[row].min():.4g}: say teacher.outputs = "
            "'logits', or normalise them",
        )
    return Finding("outputs", True, f"{declared}, as declared")


def label_order(labels: Labels, predicted: Labels, names: tuple[str, ...]) -> Finding:
    """Return whether the model counts the classes in the data's order.

    It does not if it errs most of the time while nearly each class is always taken for the same
    other one, as when one side sorts names and the other does not. Which class is taken for which
    is read from every other image and tried on the rest, so that a model that guesses is not
    blamed for what fits it by luck.

    Parameters
    ----------
    labels, predicted
        Of a sample of images, each class with a few.
    names
        Of the classes.
    """
    share = float((labels == predicted).mean())
    best = _right_in_best_order(labels, predicted)
    tried = len(labels[1::2])
    low = wilson(round(best * tried), tried).low if tried else 0.0
    if best >= MOSTLY and best > 2 * share and low > share:
        order = _best_order(labels, predicted)
        moved = [(row, column) for row, column in order.items() if row != column]
        shown = ", ".join(
            f"{names[row]!r} as {names[column] if column < len(names) else column!r}"
            for row, column in moved[:4]
        )
        more = f" and {len(moved) - 4} more" if len(moved) > 4 else ""
        return Finding(
            "order of classes",
            False,
            f"{share:.1%} right, but {best:.1%} if classes change places ({shown}{more}): bring "
            "data.class_names into the order of the model's outputs",
        )
    return Finding("order of classes", True, f"{share:.1%} right; no other order is much better")


def _best_order(labels: Labels, predicted: Labels) -> dict[int, int]:
    """For each class the output that stands for it most often, each output used once."""
    from scipy.optimize import linear_sum_assignment  # half a second of import

    classes, rows = np.unique(labels, return_inverse=True)
    outputs, columns = np.unique(predicted, return_inverse=True)
    counts = np.zeros((len(classes), len(outputs)), int)
    np.add.at(counts, (rows, columns), 1)
    chosen = zip(*linear_sum_assignment(-counts), strict=True)
    return {
        int(classes[row]): int(outputs[column]) for row, column in chosen if counts[row, column]
    }


def _right_in_best_order(labels: Labels, predicted: Labels) -> float:
    """Share right in the best order of classes: found on every other image, tried on the rest."""
    if len(labels) < 2:
        return 0.0
    order = _best_order(labels[::2], predicted[::2])
    expected = np.array([order.get(int(label), -1) for label in labels[1::2]])
    return float((expected == predicted[1::2]).mean())


def input_conventions(
    predict: Callable[[Preprocessing], np.ndarray],
    labels: Labels,
    declared: Preprocessing,
    channels: int,
) -> Finding:
    """Return whether another order of channels or scale of the input reads the images better.

    It must do so beyond luck, and better than another order of classes would explain: a model
    whose classes are named in another order is right by accident wherever it says one class only.

    Parameters
    ----------
    predict
        From a preprocessing to the classes that the model then names for the sample.
    labels
        What the sample shows, in the model's counting.
    declared
        As the study says.
    channels
        Of the images.
    """
    ways = _conventions(declared, channels)
    named = predict(ways.pop("declared"))
    mine, rival = float((named == labels).mean()), _right_in_best_order(labels, named)
    right = {name: float((predict(way) == labels).mean()) for name, way in ways.items()}
    ranked = sorted(right, key=lambda name: -right[name])
    n = len(labels)
    ours = wilson(round(mine * n), n)
    theirs = wilson(round(right[ranked[0]] * n), n)
    # an honest model may gain a little by luck: only what chance cannot explain is said
    if theirs.low > ours.high and right[ranked[0]] >= rival:
        alike = [name for name in ranked if right[name] > theirs.low]
        changes = {name: _changes(ways[name], declared) for name in alike}
        # two mistakes are not advised where mending one does
        fewest = [name for name in alike if changes[name] == min(changes.values())]
        said = " or ".join(f"{right[name]:.1%} with {name}" for name in fewest[:3])
        return Finding(
            "input",
            False,
            f"{mine:.1%} right as declared, but {said}: correct [teacher.preprocessing]",
        )
    return Finding("input", True, f"{mine:.1%} right; no usual order or scale is clearly better")


def _changes(way: Preprocessing, declared: Preprocessing) -> int:
    """How many settings differ: the order of channels, the scale."""
    scales = [(one.mean, one.std) for one in (way, declared)]
    return int(way.order != declared.order) + int(scales[0] != scales[1])


def _conventions(declared: Preprocessing, channels: int) -> dict[str, Preprocessing]:
    """Every usual way to read the same images, by what the study would have to say."""
    other = "bgr" if declared.order == "rgb" else "rgb"
    turned = replace(declared, order=other)
    ways = {"declared": declared}
    if channels == 3:
        ways[f"order = '{other}'"] = turned
    scales: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
        "values in 0..1 (mean = [0], std = [1])": ((0.0,), (1.0,)),
        "values in -1..1 (mean = [0.5], std = [0.5])": ((0.5,), (0.5,)),
        "values in 0..255 (std = [0.00392157])": ((0.0,), (1 / 255,)),
    }
    if channels * declared.repeat == 3:
        mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        scales[f"ImageNet's mean = {list(mean)} and std = {list(std)}"] = (mean, std)
    for name, (mean, std) in scales.items():
        way = replace(declared, mean=mean, std=std)
        if way != declared:
            ways[name] = way
            if channels == 3:  # both mistakes at once
                ways[f"order = '{other}' and {name}"] = replace(turned, mean=mean, std=std)
    return ways
