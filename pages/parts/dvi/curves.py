"""What runs under the map's timeline: accuracies, losses, and marks of events."""

import numpy as np

from pages.charts.palette import BAR, INK, RAMP, RED
from pages.components.epochs import Line, Marks, Tracks
from pages.parts import reads
from pages.parts.dvi import held
from pages.parts.dvi.held import Story
from pages.parts.past_rules import KINDS
from pages.parts.scene import Scene
from pages.parts.wording import EVENT_WORDS, rule_words, split_words


def tracks(scene: Scene, told: Story) -> Tracks:
    """Return curves of the teacher, and the events of the selection or else of the split."""
    return Tracks(_lines(scene, told), _marks(scene, told), _whose(scene))


def _lines(scene: Scene, told: Story) -> list[Line]:
    tint = {"train": BAR[scene.theme], "test": INK[scene.theme]}
    found = reads.figures(scene.store, "teacher", "teacher")

    def over_time(metric: str, split: str) -> list[float | None]:
        at = {f.epoch: f.value for f in found if f.metric == metric and f.split == split}
        return [at.get(epoch) for epoch in told.epochs]

    lines = [
        Line("share", split, tint[split], over_time("accuracy", split))
        for split in held.losses(scene.store)
    ]
    attacked = over_time("adversarial_accuracy", "test")
    if any(value is not None for value in attacked):
        lines.append(Line("share", "under attack", RED[scene.theme], attacked, dashed=True))
    lines += [
        Line("loss", split, tint[split], values.tolist())
        for split, values in held.losses(scene.store).items()
    ]
    return lines


def _marks(scene: Scene, told: Story) -> list[Marks]:
    found = held.happenings(scene.store)
    if found is None:
        return []
    belongs = np.zeros(len(scene.samples.label), bool)
    belongs[scene.members] = True
    own = np.zeros((len(KINDS), len(told.epochs)), bool)
    if scene.picked is not None:
        mine = found.of(scene.picked)
        own[mine.kind, mine.epoch] = True
    return [
        Marks(
            kind,
            EVENT_WORDS[kind],
            RAMP[scene.theme][3 - place],
            found.counts(kind, len(told.epochs), belongs).tolist(),
            own[place].tolist(),
        )
        for place, kind in enumerate(KINDS)
    ]


def _whose(scene: Scene) -> str:
    n = split_words(scene.view.split, len(scene.members))
    rule = scene.view.rule
    return n if rule is None else f"{rule_words(rule, scene.names)}, {n}"
