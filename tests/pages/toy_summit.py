"""Summit's stages for the toy store: three layers of four channels, graphs known by heart.

They are put beside what `write_toy_store` wrote, and the run is published anew. An imported study
has the same graphs and no images.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.store import ArtifactWriter, Run, Store, artifact_key, publish
from tests.pages.toy_store import HOSTILE

LAYERS = ("low", "middle", "<b>top</b>")
CHANNELS = 4
IMAGES = 24
NOTES = {
    "images": (False, "24 *training* images."),
    "variants": (True, "One picture of each channel."),
}
MISSING = {
    "accuracy": (True, "The accuracy on each class is not published."),
    "histogram": (True, "Probabilities are not published."),
    "patches": (True, "Image patches are not published."),
    "early": (True, "It needs the network."),
    "masking": (True, "It needs the network and its images."),
    "flags": (True, "No channel can be flagged."),
}


def vertices(class_: int) -> list[tuple[int, int]]:
    """The channels of a class's graph: 0 is everybody's, the top ones are the class's own."""
    return [
        (0, 0),
        (0, 1 + class_ % 2),
        (1, class_ % 2),
        (1, 2),
        (2, class_ % CHANNELS),
        (2, (class_ + 1) % CHANNELS),
    ]


def count(class_: int, layer: int, channel: int) -> int:
    """How many images of a class chose a channel: 2 to 23."""
    return 2 + (5 * class_ + 7 * layer + 3 * channel) % 22


def edges(class_: int) -> list[tuple[int, int, int]]:
    """All edges between neighbouring layers of a class's graph."""
    own = vertices(class_)
    return [
        (layer, a, b)
        for layer in (1, 2)
        for low, a in own
        for high, b in own
        if low == layer - 1 and high == layer
    ]


def write_toy_summit(
    root, study="toy", *, reason: str | None = None, patches: bool = True, variants: int = 4
):
    """Add the stages to a study with data set and predictions; with a reason they declined."""
    store = Store(study, root)
    classes = store.table("classes")["class"].to_numpy()
    run, writer = _writer(root, study, dict(store.run.stages))
    if reason is not None:
        with writer("summit") as artifact:
            artifact.table(
                "unavailable",
                {"lens": ["summit"], "stage": ["summit"], "epoch": [np.nan], "reason": [reason]},
            )
    else:
        with writer("summit") as artifact:
            _aggregated(artifact, classes, IMAGES / len(classes), NOTES)
            _fired(artifact, store)
            _flags(artifact)
        _graphs(writer, classes)
        if patches:
            with writer("summit_patches") as artifact:
                artifact.table("patch_picture", _pictures("rank", 10))
        with writer("summit_pictures") as artifact:
            artifact.table("feature_visualization", _pictures("variant", variants))
        with writer("summit_evaluation") as artifact:
            _evaluation(artifact, classes)
    finished = "2025-01-02T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=store.settings, stages=run, finished=finished))


def write_imported(root, study="published", names: Sequence[str] = HOSTILE):
    """Write a study of graphs alone, as `import-summit` does."""
    run, writer = _writer(root, study, {})
    classes = np.arange(len(names))
    with writer("dataset") as artifact:
        artifact.table(
            "classes",
            {
                "class": classes.astype(np.int32),
                "name": list(names),
                "present": [True] * len(names),
            },
        )
        artifact.table(
            "about",
            {"topic": ["source"], "number": [0], "text": ["Summit by <i>somebody</i>"]},
        )
    with writer("summit") as artifact:
        _aggregated(artifact, classes, np.nan, NOTES | MISSING)
    _graphs(writer, classes)
    with writer("summit_pictures") as artifact:
        artifact.table("feature_visualization", _pictures("variant", 1))
    settings = {
        "name": study,
        "title": "Published <b>graphs</b>",
        "data": {"source": "imported"},
        "teacher": {"architecture": "InceptionV1"},
    }
    finished = "2025-01-02T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=settings, stages=run, finished=finished))


def _writer(root, study, run):
    def writer(stage):
        settings = {"toy": True}
        key = artifact_key(stage, 1, settings, {})
        run[stage] = key
        return ArtifactWriter(
            root, study, stage, key, None, version=1, settings=settings, inputs={},
            source_digest="0" * 16, seed=0, threads=1, device="cpu",
        )  # fmt: skip

    return run, writer


def _columns(names, rows, types=None):
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    kinds = types or {}
    return {
        name: np.array(column, kinds.get(name, np.int32))
        for name, column in zip(names, columns, strict=True)
    }


def _aggregated(artifact, classes, images, notes):
    unknown = np.full(len(LAYERS), np.nan)
    artifact.table(
        "summit_layer",
        {
            "layer": np.arange(len(LAYERS), dtype=np.int32),
            "name": list(LAYERS),
            "channels": np.full(len(LAYERS), CHANNELS, np.int32),
            "parent": np.arange(-1, len(LAYERS) - 1, dtype=np.int32),
            "inner": [""] * len(LAYERS),
            "share": unknown,
            "kept": unknown,
            "forced": unknown,
        },
    )
    artifact.table(
        "summit_class",
        {
            "class": classes.astype(np.int32),
            "place": np.arange(len(classes), dtype=np.int32),
            "images": np.full(len(classes), images, float),
        },
    )
    artifact.table(
        "summit_note",
        {
            "part": list(notes),
            "missing": [missing for missing, _ in notes.values()],
            "text": [text for _, text in notes.values()],
        },
    )


def _fired(artifact, store):
    """Every image chooses the channels of its class's graph whose number is even."""
    label = store.table("samples").sort_values("sample_id")["label"].to_numpy()
    chosen = np.zeros((len(label), len(LAYERS) * CHANNELS), bool)
    for sample, class_ in enumerate(label.tolist()):
        for layer, channel in vertices(class_):
            chosen[sample, layer * CHANNELS + channel] = channel % 2 == 0
    artifact.array("fired", np.packbits(chosen, axis=1))


def _flags(artifact):
    """Channel 0 of the lowest layer is a hub, channel 2 of the middle one responds to the frame."""
    places = [(layer, channel) for layer in range(len(LAYERS)) for channel in range(CHANNELS)]
    share = np.full(len(places), 0.5)
    artifact.table(
        "channel_flag",
        {
            **_columns(("layer", "channel"), places),
            "rate": share,
            "reach": share,
            "information": share,
            "frame": np.where([layer == 2 for layer, _ in places], np.nan, share),
            "hub": [place == (0, 0) for place in places],
            "non_semantic": [place == (1, 2) for place in places],
        },
    )


def _graphs(writer, classes):
    with writer("summit_graphs") as artifact:
        own = classes.tolist()
        artifact.table(
            "graph_vertex",
            _columns(
                ("class", "layer", "channel", "count", "pagerank"),
                [(c, *v, count(c, *v), 0.01 * (1 + v[1])) for c in own for v in vertices(c)],
                {"pagerank": np.float64},
            ),
        )
        artifact.table(
            "graph_edge",
            _columns(
                ("class", "layer", "channel_in", "channel_out", "influence"),
                [(c, *e, 1 + e[1] + 2 * e[2]) for c in own for e in edges(c)],
            ),
        )
        n = len(own)
        like = np.stack([_likeness(n) ** (1 + layer) for layer in range(len(LAYERS))])
        artifact.array("similarity", like.astype(np.float32))
        places = [(layer, c) for layer in range(len(LAYERS)) for c in own]
        artifact.table(
            "class_embedding",
            {
                **_columns(("layer", "class"), places),
                "x": np.array([c + layer for layer, c in places], np.float32),
                "y": np.array([c * layer for layer, c in places], np.float32),
            },
        )
        upper = [place for place in places if place[0] > 0]
        artifact.table(
            "class_change",
            {
                **_columns(("layer", "class"), upper),
                "change": np.array([c / max(1, n - 1) for _, c in upper], np.float64),
            },
        )
        artifact.table(
            "motif",
            _columns(
                ("motif", "part", "layer", "channel_in", "channel_out"),
                [(0, 0, 1, 0, 2), (0, 1, 2, 2, 1), (1, 0, 1, 0, 0), (1, 1, 1, 0, 2)],
            ),
        )
        artifact.table(
            "motif_class", _columns(("motif", "class"), [(0, 0), (0, 1), (1, 0), (1, 2)])
        )


def _likeness(n):
    """Neighbouring classes are alike; every class is like itself."""
    away = np.abs(np.arange(n)[:, None] - np.arange(n)[None])
    return 1 / (1 + away)


def _pictures(number, each):
    rows = [
        (layer, channel, at)
        for layer in range(len(LAYERS))
        for channel in range(CHANNELS)
        for at in range(each)
    ]
    return {
        **_columns(("layer", "channel", number), rows),
        "picture": [_png(40 * layer + 20 * channel + 5 * at) for layer, channel, at in rows],
    }


def _png(grey):
    buffer = io.BytesIO()
    Image.new("L", (8, 8), grey).save(buffer, "PNG")
    return buffer.getvalue()


def _evaluation(artifact, classes):
    n = len(classes)
    layers = np.repeat(np.arange(len(LAYERS), dtype=np.int32), n)
    artifact.table(
        "early_decision",
        {
            "layer": layers,
            "class": np.tile(classes.astype(np.int32), len(LAYERS)),
            "accuracy": (1 + layers) / 3,
            "n": np.full(len(layers), 4),
            "channels": np.full(len(layers), 2, np.int32),
        },
    )
    falls = {"summit": 0.6, "activation": 0.4, "random": 0.1, "least": 0.0}
    artifact.table(
        "masking",
        {
            "method": np.repeat(list(falls), n).tolist(),
            "class": np.tile(classes.astype(np.int32), len(falls)),
            "drop": np.repeat(list(falls.values()), n),
            "others": np.full(n * len(falls), 0.05),
            "channels": np.full(n * len(falls), 2.0),
            "n": np.full(n * len(falls), 4),
        },
    )
    rows = [("masking_drop", method, fall) for method, fall in falls.items()]
    rows += [("masking_drop_others", method, 0.05) for method in falls]
    size = len(rows)
    artifact.table(
        "figure",
        {
            "view": ["summit"] * size,
            "metric": [metric for metric, *_ in rows],
            "method": [method for _, method, _ in rows],
            "split": ["test"] * size,
            "epoch": np.full(size, 2.0),
            "value": [value for *_, value in rows],
            "low": [value - 0.05 for *_, value in rows],
            "high": [value + 0.05 for *_, value in rows],
            "n": np.full(size, 16),
            "unit": ["probability"] * size,
            "better": ["higher"] * size,
        },
    )
