"""Auto-tune: a grid of students of one image trained together, and the surface they make."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from core.deepvid.explanation import Step, among, kept_classes
from core.deepvid.neighbors import Sampling
from core.deepvid.tune import Grid, Tuned, tuning
from core.saliency.method import Examined
from pages.charts.surface import surface_chart
from pages.parts import choose, live
from pages.parts.deepvid import held
from pages.parts.deepvid.explain import SMALL, Subject, running
from pages.parts.deepvid.words import lower_bound
from pages.parts.drawn import spec_of
from pages.parts.literal import literal
from pages.parts.scene import Scene

_TUNED = "darkroom.deepvid_tuned"


def tune_panel(scene: Scene, wanted: Subject) -> None:
    """Draw the button that tunes, and what came of it for this image."""
    grid = grid_for(wanted)
    count = len(grid.shares) * len(grid.temperatures) * len(grid.l2s)
    st.caption(
        f"{count} students of this image trained together: temperature, band and penalty. The "
        "best has the smallest sum of held-out KL and total variation on the image, among those "
        f"that read it as the teacher does.{lower_bound(scene.classes)}"
    )
    if wanted.other is not None:
        st.info("Auto-tune chooses a band: take the second image away first.")
        return
    key = tuned_key(wanted)
    done: dict[tuple[object, ...], Tuned] = st.session_state.setdefault(_TUNED, {})
    if key not in done:
        if (line := live.why_not(scene.store)) is not None:
            st.info(literal(line))
            return
        if not st.button("Auto-tune", key="w_tune", icon=":material/tune:"):
            return
        found = running(
            scene.store,
            wanted.epoch,
            lambda teacher: _tuning(scene, wanted, grid, teacher),
            "w_stop_tune",
        )
        if isinstance(found, str):
            st.error(literal(found))
            return
        done[key] = found
    _draw(scene, wanted, done[key], grid)


def tuned_key(wanted: Subject) -> tuple[object, ...]:
    """Return all that decides what the grid finds: the image in its study, sampler, training.

    Share, temperature and penalty are the grid's own: the page's change nothing.
    """
    sampling = replace(_sampling(wanted), share=0.0)
    student = replace(wanted.recipe.student, temperature=1.0, l2=0.0)
    return (*wanted.key[:6], sampling, student)


def grid_for(wanted: Subject) -> Grid:
    """Return the grid: smaller where a picture costs the teacher more."""
    if wanted.space.shape[1] * wanted.space.shape[2] <= SMALL:
        return Grid()
    return Grid(shares=(0.15,), temperatures=(2.0, 10.0), l2s=(0.0, 1e-3), held_out=16)


def _tuning(scene: Scene, wanted: Subject, grid: Grid, teacher: Examined) -> Iterator[Step | Tuned]:
    space, picture = wanted.space, held.picture(scene.store, wanted.sample)
    kept = kept_classes(teacher.logits(picture[None]))
    yield from tuning(
        picture, space.codes[wanted.sample], space.decode, space.space,
        lambda some: among(teacher.logits(some), kept), _sampling(wanted),
        wanted.recipe.student, grid,
    )  # fmt: skip


def _sampling(wanted: Subject) -> Sampling:
    """The sampling of the page, on a line or in the band: only these have a width to choose."""
    own = wanted.recipe.sampling
    return replace(own, sampler="line" if own.sampler == "line" else "band")


def _draw(scene: Scene, wanted: Subject, found: Tuned, grid: Grid) -> None:
    chosen = found.settings
    place = found.best
    st.info(
        f"Best of the grid: T {chosen.temperature:g}, band {100 * found.share:g} %, L2 "
        f"{chosen.l2:g}: held-out KL {found.kl[place]:.4f} nats, total variation "
        f"{found.total_variation[place]:.4f}.",
        icon=":material/tune:",
    )
    st.button(
        "Use these", key="w_use_tuned", on_click=_use, args=(found, wanted),
        icon=":material/arrow_forward:",
    )  # fmt: skip
    st.vega_lite_chart(
        spec_of(surface_chart(surface(found, grid), theme=scene.theme)),
        key="deepvid_surface",
        alt="How each student of the grid does",
        width="content",
    )


def surface(found: Tuned, grid: Grid) -> pd.DataFrame:
    """Return the grid as rows of the chart."""
    rows = []
    for place in np.ndindex(found.kl.shape):
        share, temperature, l2 = (
            grid.shares[place[0]], grid.temperatures[place[1]], grid.l2s[place[2]],
        )  # fmt: skip
        rows.append(
            {
                "band": f"band {100 * share:g} %",
                "temperature": temperature,
                "l2": f"{l2:g}",
                "kl": float(found.kl[place]),
                "variation": float(found.total_variation[place]),
                "score": float(found.kl[place] + found.total_variation[place]),
                "best": place == found.best,
            }
        )
    return pd.DataFrame(rows)


def _use(found: Tuned, wanted: Subject) -> None:
    """Write the chosen student's settings to the URL: all that it was tuned with."""
    sampling = _sampling(wanted)
    choose.put("student", "linear")
    choose.put("sampler", sampling.sampler)
    choose.put("n", sampling.n)
    choose.put("detail", int(sampling.keep_detail))
    choose.put("t", f"{found.settings.temperature:g}")
    choose.put("l2", f"{found.settings.l2:g}")
    choose.put("share", f"{100 * found.share:g}")
    for word in ("box", "lock"):
        choose.put(word, None)
