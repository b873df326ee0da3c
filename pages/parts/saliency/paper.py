"""What the paper shows, beside ours: its Table 1, and figure 4's gallery."""

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.deepvid.held import picture
from pages.parts.deepvid.pictures import uri
from pages.parts.literal import literal, plain, shortened
from pages.parts.saliency import held
from pages.parts.saliency.shown import RAMPS, as_bytes, bytes_of, thinned
from pages.parts.saliency.table import figures_of
from pages.parts.saliency.words import flat_words, method_words, with_interval
from pages.parts.scene import Scene

TABLE_1 = (
    ("grad_cam", 0.1421, 0.1158, 0.6766, 0.6149),
    ("occlusion", 0.1232, 0.1087, 0.6618, 0.5917),
    ("lime", 0.1217, 0.1014, 0.6940, 0.6167),
    ("rise", 0.1076, 0.0980, 0.7267, 0.6663),
    ("fgvis", 0.0644, 0.0636, None, None),
    ("relabel_paper", 0.0627, 0.0513, 0.7190, 0.7981),
)
"""Method; deletion on ResNet50 and VGG16; insertion on both."""
FIGURE_4 = (
    "linear_approximation", "rise", "excitation_backprop", "extremal_perturbation", "grad_cam",
    "score_cam", "occlusion", "relabel_paper", "relabel",
)  # fmt: skip
IMAGES = 6
TILE = 92
OPACITY = 0.7


def paper_panel(scene: Scene) -> None:
    """Draw Table 1 of the paper beside this study's figures."""
    columns = ("paper, ResNet50", "paper, VGG16")
    deletion, insertion = (figures_of(scene.store, metric) for metric in ("deletion", "insertion"))
    rows = []
    for name, *values in (*TABLE_1, ("relabel", None, None, None, None)):
        row: dict[str, object] = {"method": method_words(name)}
        for metric, pair, ours in (
            ("deletion", values[:2], deletion),
            ("insertion", values[2:], insertion),
        ):
            for column, value in zip(columns, pair, strict=True):
                row[f"{metric}: {column}"] = "" if value is None else f"{value:.4f}"
            row[f"{metric}: here"] = _figure(ours, name)
        rows.append(row)
    st.warning(
        "Not comparable in absolute terms: the paper's networks, images and stand-ins for missing "
        "pixels are others, and it copies its baselines from RISE's paper. Compare who is ahead of "
        "whom within a column.",
        icon=":material/info:",
    )
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Table 1 of the paper beside ours")
    st.caption(
        "Paper: ImageNet's validation set, areas below the curves. Here: "
        f"{literal(scene.store.study)}, seeded {held.split(scene.store)} images, 95 % intervals, "
        "n in each cell. The paper's own deletion is lower than all others; its insertion on "
        "ResNet50 is below RISE's, though its text says so of VGG16."
    )


def gallery_panel(scene: Scene) -> None:
    """Draw six saved images under the methods of figure 4, and ours."""
    samples = chosen_samples(scene)
    if not samples:
        st.info("No maps were made beforehand: they come with the stage saliency\\_arena.")
        return
    found = {sample: held.explained(scene.store, sample) for sample in samples}
    first = next(one for one in found.values() if one is not None)
    methods = [name for name in FIGURE_4 if name in first.methods]
    head = "".join(
        f'<th style="max-width:{TILE}px;font-weight:600;vertical-align:bottom">'
        f"{escape(method_words(name))}</th>"
        for name in methods
    )
    lines = []
    for sample, one in found.items():
        assert one is not None
        under = as_bytes(thinned(picture(scene.store, sample)))
        cells = _cell(under, f"Image {sample}")
        for name in methods:
            map_ = one.maps[one.methods.index(name)]
            words = f"{method_words(name)}, image {sample}"
            if np.isnan(map_).any():
                cells += _cell(None, f"{words}: not run beforehand")
            elif np.ptp(map_) == 0:
                cells += _cell(None, f"{words}: {flat_words(name)}")
            else:
                cells += _cell(over(under, map_, scene), words)
        true = plain(shortened(scene.names[scene.samples.label[sample]], 14))
        lines.append(f"<tr><th>{escape(true)}<br><small>{sample}</small></th>{cells}</tr>")
    st.html(
        '<div style="overflow-x:auto"><table class="darkroom-figure-4" '
        'style="border-collapse:separate;border-spacing:4px;font-size:0.78rem">'
        f"<tr><th></th><th>image</th>{head}</tr>{''.join(lines)}</table></div>"
    )
    st.caption(
        f"{len(samples)} {_split_of(scene, samples)} images of different classes whose maps were "
        "made beforehand, for the teacher's first class. One colour scale, as above; each map "
        "divided by its own largest size. A dash: no map, and why where the mouse rests on it. "
        "Figure 4 of the paper shows the first eight methods."
    )


def chosen_samples(scene: Scene) -> list[int]:
    """Return six saved images, one of each class as far as there are so many, in their order."""
    known = held.explained_samples(scene.store).tolist()
    seen: dict[int, int] = {}
    for sample in known:
        seen.setdefault(int(scene.samples.label[sample]), sample)
    first = list(seen.values())[:IMAGES]
    return [*first, *(sample for sample in known if sample not in first)][:IMAGES]


def over(under: np.ndarray, map_: np.ndarray, scene: Scene) -> np.ndarray:
    """Return a map over a picture, uint8 [height width 3], in the gallery's colours."""
    share = (bytes_of(map_, under.shape[:2]).astype(np.float32) - 127) / 127
    ramp = {name: np.array(color, np.float32) for name, color in RAMPS[scene.theme].items()}
    towards = np.where(share[..., None] < 0, ramp["against"], ramp["for"])
    color = ramp["zero"] + np.abs(share)[..., None] * (towards - ramp["zero"])
    mixed = under + OPACITY * (color - under)
    return np.rint(mixed).clip(0, 255).astype(np.uint8)


def _cell(image: np.ndarray | None, words: str) -> str:
    if image is None:
        return f'<td title="{escape(words)}">–</td>'
    return (
        f'<td><img src="{uri(image, TILE)}" alt="{escape(words)}" title="{escape(words)}" '
        f'width="{TILE}" style="max-width:100%;image-rendering:pixelated;border-radius:3px"></td>'
    )


def _figure(figures: dict[str, held.Judged], name: str) -> str:
    return with_interval(*figures[name]) if name in figures else ""


def _split_of(scene: Scene, samples: list[int]) -> str:
    test = scene.samples.is_test[samples]
    return "test" if test.all() else "train" if not test.any() else "train and test"
