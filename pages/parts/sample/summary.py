"""The image in words: sentences that each carry figures, and no adjective that no figure carries.

Where an image stands among others is said by counting: how many images of the split have less.
"""

import numpy as np

from core.deepvid.explanation import Explanation
from core.store import epoch_label
from pages.parts.darksight import held as darksight
from pages.parts.deepvid.words import class_word
from pages.parts.literal import literal, shortened
from pages.parts.sample.attributions import Attributions
from pages.parts.sample.channels import Fired
from pages.parts.sample.known import Known, paths
from pages.parts.scene import Scene
from pages.parts.wording import split_words


def summary(
    scene: Scene,
    epoch: float,
    found: Known,
    *,
    student: Explanation | None = None,
    fired: Fired | None = None,
    maps: Attributions | None = None,
) -> list[tuple[str, str]]:
    """Return what is known of the image: for each lens its name and its sentences, unescaped.

    Parameters
    ----------
    scene, epoch
        What the page shows, and at which checkpoint.
    found
        What the store holds of the image.
    student
        DeepVID's explanation of it.
    fired
        Its path through its class's graph.
    maps
        Its saliency maps.
    """
    said = [(f"Teacher, epoch {epoch_label(epoch)}", teacher_words(scene, found, epoch))]
    if len(found.epochs) > 1:
        said.append(("Training", training_words(scene, found)))
    if found.density is not None:
        said.append(("DarkSight", density_words(scene, found)))
    if found.path is not None:
        said.append(("DVI", path_words(scene, found)))
    if fired is not None:
        said.append(("Summit", fired_words(scene, fired)))
    if student is not None:
        said.append(("DeepVID", student_words(scene, student)))
    if maps is not None and maps.shown:
        said.append(("Saliency", maps_words(maps)))
    said.append(("Neighbours", neighbor_words(scene, found)))
    return said


def as_markdown(said: list[tuple[str, str]]) -> str:
    """Return the sentences as lines of Markdown, the lens's name in bold."""
    return "  \n".join(f"**{literal(name)}:** {literal(words)}" for name, words in said)


def teacher_words(scene: Scene, found: Known, epoch: float) -> str:
    """Return the two largest probabilities, the label's, and how many images are less certain."""
    p = found.probabilities[found.epochs.index(epoch)]
    first, second = (int(c) for c in np.argsort(-p, kind="stable")[:2])
    words = (
        f"{_name(scene, first)} gets {p[first]:.3f}, {_name(scene, second)} gets {p[second]:.3f}"
    )
    if found.label not in (first, second):
        words += f", the label {_name(scene, found.label)} gets {p[found.label]:.3f}"
    elif found.label == second:
        words += " (the label)"
    assert scene.answers is not None  # there is a checkpoint, so there are answers
    entropy = scene.answers.entropy
    more = int((entropy[found.among] > entropy[found.sample]).sum())
    return f"{words}; entropy {entropy[found.sample]:.3f} nats, more in {_of(scene, more)}."


def training_words(scene: Scene, found: Known) -> str:
    """Return how often the label was named, since when, and its first and last probability."""
    right = found.said == found.label
    own = found.probabilities[:, found.label]
    words = (
        f"the label is named at {int(right.sum())} of {len(right)} checkpoints; its probability "
        f"went from {own[0]:.3f} (epoch {epoch_label(found.epochs[0])}) to {own[-1]:.3f} "
        f"(epoch {epoch_label(found.epochs[-1])})"
    )
    if right[-1]:
        since = len(right) - int(np.argmin(right[::-1])) if not right.all() else 0
        words += f", named without a break since epoch {epoch_label(found.epochs[since])}"
    return words + "."


def density_words(scene: Scene, found: Known) -> str:
    """Return DarkSight's confidence, how many images have less, and what the place loses."""
    density = darksight.picture(scene.store).confidence
    less = int((density[found.among] < found.density).sum())
    assert found.at_place is not None
    assert found.own_kl is not None
    best = int(found.at_place.argmax())
    return (
        f"density {found.density:.3g} of the greatest, less at {_of(scene, less)}; the student "
        f"gives {_name(scene, best)} {found.at_place[best]:.3f} at its place, symmetric KL to the "
        f"teacher {found.own_kl:.3f} nats."
    )


def path_words(scene: Scene, found: Known) -> str:
    """Return how long the image's way over the map is, and how many are shorter."""
    lengths = paths(scene.store)
    assert lengths is not None
    assert found.path is not None
    shorter = int((lengths[found.among] < found.path).sum())
    return (
        f"its way through {len(scene.store.epochs('dvi'))} checkpoints is {found.path:.2f} "
        f"diagonals of the map long, shorter for {_of(scene, shorter)}."
    )


def fired_words(scene: Scene, fired: Fired) -> str:
    """Return how many channels of its class's graph the image chose."""
    n, of = int(fired.fired.sum()), len(fired.fired)
    return f"it chose {n} of the {of} channels in the graph of {_name(scene, fired.class_)}."


def student_words(scene: Scene, made: Explanation) -> str:
    """Return what DeepVID's student says of the image, and how well it follows the teacher."""
    own = made.trust.student_class
    name = class_word(scene.names, int(made.classes[own]), 16)
    return (
        f"the student gives {name} {made.trust.student[own]:.3f}, the teacher "
        f"{made.trust.teacher[own]:.3f}; total variation {made.trust.total_variation:.3f}, the "
        f"same class for {made.held_out.top_agreement:.0%} of {made.held_out.n} neighbours kept "
        "from it."
    )


def maps_words(maps: Attributions) -> str:
    """Return the areas below this image's own curves, else the methods' mean areas."""
    own = [f"{one.words} {one.own:.3f}" for one in maps.shown if one.own is not None]
    if own:
        return f"area below the deletion curve of this image: {', '.join(own)}."
    mean = ", ".join(f"{one.words} {one.area:.3f}" for one in maps.shown)
    return f"mean area of the methods over {maps.n:,} {maps.split} images: {mean}."


def neighbor_words(scene: Scene, found: Known) -> str:
    """Return how many of the nearest images carry the same label, and how far they are."""
    same = int((scene.samples.label[found.nearest] == found.label).sum())
    return (
        f"{same} of the {len(found.nearest)} images nearest by {found.space} carry the label "
        f"{_name(scene, found.label)}; distances {found.distances[0]:.2f} to "
        f"{found.distances[-1]:.2f}."
    )


def _name(scene: Scene, class_: int) -> str:
    return shortened(scene.names[class_], 16)


def _of(scene: Scene, count: int) -> str:
    return f"{count:,} of {split_words(scene.view.split, len(scene.shown))}"
