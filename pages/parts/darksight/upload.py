"""An uploaded image on the map: the teacher judges it, the student finds its place.

The paper's method has no place for new samples; `core.darksight.placement` finds the one that tells
the image's probabilities best, with the student as it is. The image stays in the session's memory.
"""

import hashlib
import io
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st
from PIL import Image

from pages.charts.probabilities import probability_bars
from pages.components.map import Pin
from pages.parts import live
from pages.parts.darksight.cards import cards_of, strip
from pages.parts.darksight.held import Picture
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import data_uri
from pages.parts.wording import split_words

NEIGHBORS = "darksight_upload_neighbors"
INVERT = "w_invert"
NEAREST = 6
WORDS = "your image"
_RESULT = "darkroom.darksight_upload"
_TURN = "darkroom.darksight_upload_turn"


@dataclass(frozen=True, eq=False)
class Uploaded:
    """What became of an uploaded image; `failure` is one line where nothing did.

    `png` is what the teacher saw, `student` what the student says at `point`, `confidence` the
    density there as a share of the greatest, `symmetric_kl` how badly the place tells it (nats).
    """

    key: tuple[object, ...]
    failure: str = ""
    png: bytes = b""
    probabilities: np.ndarray | None = None
    student: np.ndarray | None = None
    point: tuple[float, float] = (0.0, 0.0)
    symmetric_kl: float = 0.0
    confidence: float = 0.0


def file_key() -> str:
    """Return the key of the file widget: a new one empties it."""
    return f"w_upload_{st.session_state.get(_TURN, 0)}"


def heed_upload(scene: Scene, found: Picture) -> Uploaded | None:
    """Return the session's uploaded image, judged and placed once; call it before the map."""
    file = st.session_state.get(file_key())
    before: Uploaded | None = st.session_state.get(_RESULT)
    store = scene.store
    run = (str(store.root), store.study, store.fingerprint)
    if before is not None and before.key[:3] != run:
        before = None  # of another study or an older run
    if file is None:
        return before
    encoded = file.getvalue()
    inverted = bool(st.session_state.get(INVERT))
    key = (*run, hashlib.sha256(encoded).hexdigest(), inverted)
    if before is None or before.key != key:
        with st.spinner("The teacher looks at the image …"):
            try:
                before = judged(scene, found, encoded, key, invert=inverted)
            except live.LiveError as error:
                before = Uploaded(key, failure=str(error))
        st.session_state[_RESULT] = before
    return before


def judged(
    scene: Scene, found: Picture, encoded: bytes, key: tuple[object, ...], *, invert: bool
) -> Uploaded:
    """Return an encoded image with its probabilities and its place.

    Raises
    ------
    LiveError
        If the file is no image or the model cannot be run here.
    """
    if (line := live.why_not(scene.store, "scipy")) is not None:
        raise live.LiveError(line)
    from core.darksight.confidence import kernel_density, normalized
    from core.darksight.placement import place
    from core.darksight.student import probabilities as student_probabilities

    image = live.read_image(encoded, live.image_shape(scene.store), invert=invert)
    teacher = live.probabilities(scene.store, image, found.epoch)
    settings = found.settings
    placed = place(
        found.student,
        teacher,
        temperature=float(settings["temperature"]),
        floor=float(settings["floor"]),
        pull=float(settings["pull"]),
        keep_top_class=bool(settings["keep_top_class"]),
    )
    kernels = kernel_density(
        found.points,
        bandwidth=float(settings["bandwidth"]),
        seed=int(scene.store.settings.get("seed", 0)),
    )
    density = kernels.log_density(placed.points.astype(np.float32))
    sure = normalized(density, float(settings["greatest_log_density"]))
    return Uploaded(
        key,
        png=_png(image[0]),
        probabilities=teacher[0],
        student=student_probabilities(found.student, placed.points)[0],
        point=(float(placed.points[0, 0]), float(placed.points[0, 1])),
        symmetric_kl=float(placed.symmetric_kl[0]),
        confidence=float(sure[0]),
    )


def pins(uploaded: Uploaded | None) -> list[Pin]:
    """Return the mark of the uploaded image on the map."""
    if uploaded is None or uploaded.failure:
        return []
    return [Pin(*uploaded.point, WORDS)]


def upload_panel(
    scene: Scene, found: Picture, uploaded: Uploaded | None, colors: list[str]
) -> None:
    """Draw the choice of a file, what the teacher says of it and who stands near its place."""
    if (line := live.why_not(scene.store, "scipy")) is not None:
        st.info(literal(line))
        return
    height, width, channels = live.image_shape(scene.store)
    kind = "grey" if channels == 1 else "colour"
    st.file_uploader(
        f"An image: its middle is cut out and scaled to {width} × {height} pixels, {kind}, as the "
        "study's images are; it is stored nowhere",
        type=list(live.IMAGE_TYPES),
        max_upload_size=live.LARGEST_UPLOAD,
        key=file_key(),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            "Invert light and dark",
            key=INVERT,
            help="For dark strokes on a light ground where the study's images are light on dark",
        )
        if uploaded is not None:
            st.button("Take it away", key="w_forget", icon=":material/close:", on_click=_forget)
    if uploaded is None:
        st.caption("Nothing uploaded yet.")
        return
    if uploaded.failure:
        st.error(literal(uploaded.failure))
        return
    _result(scene, uploaded)
    point = np.array(uploaded.point)
    points = found.points[scene.shown]
    nearest = scene.shown[np.argsort(((points - point) ** 2).sum(axis=1), kind="stable")[:NEAREST]]
    st.caption(
        f"The {len(nearest)} of {split_words(scene.view.split, len(scene.shown))} nearest its place"
    )
    strip(scene, NEIGHBORS, cards_of(scene, found, nearest, colors), 260, "No image in this split.")


def _result(scene: Scene, uploaded: Uploaded) -> None:
    assert uploaded.probabilities is not None
    best = int(np.argmax(uploaded.probabilities))
    about, bars = st.columns([0.48, 0.52], gap="small")
    facts = [
        ("predicted", shortened(scene.names[best])),
        ("density", f"{uploaded.confidence:.3g}"),
        ("own KL", f"{uploaded.symmetric_kl:.3f}\u202fnats"),
    ]
    with about:
        rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
        picture = f'<img src="{data_uri(uploaded.png)}" width="96" height="96" alt="{WORDS}">'
        st.html(f'<div class="darkroom-picked">{picture}<dl>{rows}</dl></div>')
        st.caption("The picture is what the teacher saw; the diamond marks its place")
    with bars:
        chart = probability_bars(
            uploaded.probabilities,
            scene.names,
            None,
            student=uploaded.student,
            theme=scene.theme,
        )
        st.vega_lite_chart(
            spec_of(chart), key="darksight_upload_bars", alt="Probabilities of your image"
        )
        st.caption("Teacher's probabilities; ticks: the student at that place")


def _forget() -> None:
    st.session_state.pop(_RESULT, None)
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()
