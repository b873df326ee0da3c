"""Adversarial training: an image, and the attacked images nearest to it, over time (figure 1).

The stage ``adversarial`` has attacked images at the last checkpoint and followed them: of these the
ten nearest at the checkpoint shown. Others are made on demand where the teacher can run: training
images of other labels near the picked one are changed as in the teacher's training, at the
checkpoint shown; the ten nearest in representation are then followed through all checkpoints, and
projected by each one's own model.
"""

import io
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from core.store import MissingArtifact, Store, epoch_label
from pages.components.strip import Card, card_strip
from pages.parts import live, reads
from pages.parts.dvi import held
from pages.parts.dvi.coloring import Guests
from pages.parts.dvi.held import Story
from pages.parts.dvi.territory import seen_epoch
from pages.parts.literal import literal, shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import data_uri

ATTACKED = 256  # training images of other labels that are attacked, the nearest ones
FOLLOWED = 10  # attacked images that are followed, as in figure 1
_WANTED = "dvi.attacked"


@dataclass(frozen=True, eq=False)
class Attacked:
    """The attacked images nearest to one image; `source` are the images they were made from."""

    guests: Guests
    source: np.ndarray
    images: np.ndarray
    made: str  # how, in a sentence


def trained_on_attacks(store: Store) -> bool:
    """Return whether the study's teacher was trained on attacked images."""
    return bool((store.settings.get("teacher") or {}).get("attack"))


def guests(seen: Scene, told: Story) -> Guests | None:
    """Return the places of the attacked images that were asked for; None if none were."""
    found = _asked_for(seen, told)
    return found.guests if isinstance(found, Attacked) else None


def attack_panel(seen: Scene, told: Story, height: int) -> None:
    """Draw the button that attacks, and the attacked images nearest to the picked one."""
    epoch = seen_epoch(seen, told)
    sample = seen.picked
    if sample is None:
        st.info("Pick an image on the map to find the attacked images nearest to it.")
        return
    why = live.why_not(seen.store)
    st.button(
        f"Attack around image {sample} at epoch {epoch_label(epoch)}",
        key="w_attack",
        icon=":material/bolt:",
        disabled=why is not None,
        help=why,
        on_click=_want,
        args=(seen.store.study, sample, epoch),
    )
    found = _asked_for(seen, told)
    if isinstance(found, str):
        st.error(literal(found))
    if not isinstance(found, Attacked):
        st.caption(
            f"The {ATTACKED} training images of other labels nearest to it are changed as in the "
            f"teacher's training; the {FOLLOWED} nearest in representation are then followed "
            "through all checkpoints."
        )
        return
    st.markdown(_sentence(seen, told, found, epoch))
    st.caption(found.made)
    card_strip(
        key="dvi_attacked",
        cards=_cards(seen, told, found, epoch),
        study="",  # they are no samples: hovering concerns nothing else
        height=height,
    )


def _want(study: str, sample: int, epoch: float) -> None:
    st.session_state[_WANTED] = (study, sample, epoch)


def _asked_for(seen: Scene, told: Story) -> Attacked | str | None:
    """Return the attacked images, or one line on why there are none; None if nobody asked."""
    study, sample, epoch = st.session_state.get(_WANTED, (None, None, None))
    if study != seen.store.study or sample != seen.picked or epoch not in told.epochs:
        return _prepared(seen, told)
    store = seen.store
    try:
        return _attacked(store, str(store.root), store.study, store.fingerprint, sample, epoch)
    except live.LiveError as error:
        return str(error)


def _prepared(seen: Scene, told: Story) -> Attacked | None:
    """Return the nearest of the images that a stage has attacked; None without the stage."""
    if seen.picked is None:
        return None
    epoch = seen_epoch(seen, told)
    try:
        nearest = seen.store.array("adversarial", "nearest")
    except MissingArtifact:
        return None
    chosen = np.array(nearest[told.epochs.index(epoch), seen.picked])
    positions, predicted, source, images = (
        seen.store.array("adversarial", name)
        for name in ("positions", "predicted", "source", "image")
    )
    made_of = np.array(source)[chosen]
    return Attacked(
        Guests(
            np.array(positions[:, chosen]),
            seen.samples.label[made_of],
            np.array(predicted[:, chosen]).astype(np.int64),
        ),
        made_of,
        np.array(images[chosen]),
        f"Of {len(images):,} training images attacked at epoch {epoch_label(told.epochs[-1])}, the "
        f"{len(chosen)} of other labels nearest in representation at epoch {epoch_label(epoch)}.",
    )


@st.cache_resource(max_entries=8, show_spinner="Attacking images …")
def _attacked(
    _store: Store, root: str, study: str, fingerprint: str, sample: int, epoch: float
) -> Attacked:
    samples = reads.samples(_store)
    told = held.story(_store)
    high = np.asarray(_store.array("predictions", "representation", epoch))
    others = np.flatnonzero(~samples.is_test & (samples.label != samples.label[sample]))
    away = ((high[others] - high[sample]) ** 2).sum(axis=1)
    near = np.sort(others[np.argsort(away, kind="stable")[:ATTACKED]])
    images = np.array(_store.array("dataset", "images")[near])
    changed = live.attacked(_store, images, samples.label[near], epoch)
    now = live.judged(_store, changed, epoch).representation
    if now is None:
        raise live.LiveError("the teacher gives no representation")
    away = ((now - high[sample]) ** 2).sum(axis=1)
    chosen = np.argsort(away, kind="stable")[:FOLLOWED]
    places, predicted = [], []
    for at in told.epochs:
        said = live.judged(_store, changed[chosen], at)
        assert said.representation is not None
        places.append(live.visual_model(_store, at).project(said.representation))
        predicted.append(said.logits.argmax(axis=1))
    return Attacked(
        Guests(np.stack(places), samples.label[near[chosen]], np.stack(predicted)),
        near[chosen],
        changed[chosen],
        f"Of {len(near)} training images of other labels attacked at epoch {epoch_label(epoch)}, "
        f"the {len(chosen)} nearest in representation.",
    )


def _sentence(seen: Scene, told: Story, found: Attacked, epoch: float) -> str:
    row = told.epochs.index(epoch)
    right = int((found.guests.predicted[row] == found.guests.label).sum())
    assert seen.picked is not None
    said = int(held.answers(seen.store).predicted[row, seen.picked])
    true = int(seen.samples.label[seen.picked])
    own = shortened(seen.names[said], 20)
    reading = f"rightly as {own}" if said == true else f"as {own} and not as its label"
    return literal(
        f"At epoch {epoch_label(epoch)} the teacher reads {right} of the "
        f"{found.guests.label.size} attacked images as their label, and image {seen.picked} "
        f"{reading}."
    )


def _cards(seen: Scene, told: Story, found: Attacked, epoch: float) -> list[Card]:
    row = told.epochs.index(epoch)
    cards = []
    for place, source in enumerate(found.source.tolist()):
        label, said = int(found.guests.label[place]), int(found.guests.predicted[row, place])
        words = shortened(seen.names[label], 12)
        if said != label:
            words += f" → {shortened(seen.names[said], 12)}"
        since = found.guests.predicted[:, place] == label
        held_at = f"right at {int(since.sum())} of {len(since)}"
        picture = data_uri(_png(found.images[place]))
        title = f"made of #{source}"
        cards.append(Card(source, title, [words, held_at], wrong=said != label, picture=picture))
    return cards


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()
