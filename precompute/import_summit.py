"""``import-summit``: Summit's published graphs of InceptionV1 become a study of the store.

The tables are those of a study that was built. What was not published has no table, and
``summit_note`` says so; similarity and embedding are computed from the counts of the channels in
each class's own graph.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from core.store import (
    ArtifactWriter,
    CorruptArtifact,
    Run,
    UnknownStudy,
    artifact_key,
    publish,
    read_run,
    remove_torsos,
)
from core.store.schema import TableData
from core.summit.compare import edges as edge_set
from core.summit.published import CHANNELS, LAYERS, PublishedGraphs
from precompute.build import alone
from precompute.progress import Progress
from precompute.published_summit import Published, read_published
from precompute.running import progress_file
from precompute.settings import (
    IMPORTED,
    STUDY_NAME,
    Data,
    Study,
    StudyError,
    Teacher,
    built_in_studies,
)
from precompute.stage import source_digest
from precompute.summit_notes import note_table
from precompute.summit_tables import change_table, embedding_table, motif_tables, similarities

VERSION = 1  # raised whenever the same files give other tables
NEIGHBORS = 15  # of UMAP
TITLE = "InceptionV1 on ImageNet: Summit's published graphs"
EXCLUDED = ((0, 67), (0, 190), (1, 390), (1, 399), (1, 412))  # layer and channel, section 8.4

COUNTS = (
    "Computed from the counts of the channels in each class's own graph; others count as zero, "
    "since their counts are not published."
)
NETWORK = "It needs the network and its images, which are not published with the graphs."
NOTES = {
    "graph": "As published by the authors of Summit (MIT licence), for InceptionV1 on ImageNet.",
    "similarity": COUNTS,
    "embedding": COUNTS,
}
MISSING = {
    "images": "How many images of a class were aggregated is not published.",
    "influence": "Influences are published only between the channels of a class's graph.",
    "accuracy": "The accuracy on each class is not published.",
    "histogram": "The probabilities of single images are not published.",
    "patches": "Image patches of the channels are not published.",
    "variants": "One picture of each channel is published.",
    "early": NETWORK,
    "masking": NETWORK,
    "path": NETWORK,
}

Artifact = Mapping[str, TableData | np.ndarray]


def import_summit(
    folder: Path, name: str, root: Path, data_root: Path | None = None, *, quiet: bool = False
) -> Published:
    """Write the published data into the store as a study, and return what was read.

    Everything is read and checked before anything is written.

    Parameters
    ----------
    folder
        Where the authors' files lie.
    name
        The study's name; an earlier import of that name is replaced.
    root
        The store.
    data_root
        Below it lies ``imagenet_samples`` with the names of the classes; the folder's parent if
        not said.
    quiet
        Whether the progress bar is left out.

    Raises
    ------
    ValueError
        If a file is missing or damaged, or the name is taken; one line.
    """
    _check_name(name, root)
    published = read_published(folder, data_root)
    study = Study(
        name=name,
        title=TITLE,
        data=Data(source=IMPORTED),
        teacher=Teacher(architecture="InceptionV1", weights="the authors'"),
    )
    with (
        alone(root / name, name),
        Progress(progress_file(root, name), 1, quiet=quiet) as progress,
        threadpool_limits(study.threads),  # results repeat bit for bit at a fixed number only
    ):
        remove_torsos(root, name)
        progress.stage("import", 1)
        progress.expect(len(LAYERS))
        stages: dict[str, str | dict[str, str]] = {
            stage: _written(stage, artifact, study, root, published)
            for stage, artifact in _artifacts(published, progress.advance).items()
        }
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        settings = msgspec.json.decode(msgspec.json.encode(study))
        publish(root, name, Run(study=name, settings=settings, stages=stages, finished=finished))
    return published


def _check_name(name: str, root: Path) -> None:
    if not STUDY_NAME.fullmatch(name):
        raise StudyError(
            f"a study's name must be letters, digits, '-' and '_' (at most 64), got {name!r}"
        )
    if name in built_in_studies():
        raise StudyError(f"{name} is a built-in study: choose another name for the import")
    try:
        source = read_run(root, name)[0].settings["data"]["source"]
    except UnknownStudy:
        return
    except (CorruptArtifact, KeyError, TypeError):
        source = None
    if source != IMPORTED:
        raise StudyError(f"{name} is a study that was built in {root}: choose another name")


def _artifacts(published: Published, advance: Callable[..., object]) -> dict[str, Artifact]:
    """Tables and arrays by stage."""
    graphs = published.graphs
    classes = np.unique(graphs.vertex_class)
    counts = [graphs.counts(layer, width)[classes] for layer, width in enumerate(CHANNELS)]
    notes = {**NOTES, "pictures": _pictures_note(published)}
    return {
        "dataset": _dataset(published.names, classes),
        "summit": {
            "summit_layer": _layers(),
            "summit_class": {
                "class": classes.astype(np.int32),
                "place": np.arange(len(classes), dtype=np.int32),
                "images": np.full(len(classes), np.nan),
            },
            "activation": _activation(graphs),
            "summit_note": note_table(notes, {**MISSING, "flags": _flags_note(graphs)}),
        },
        "summit_graphs": {
            **_graph(graphs),
            "similarity": similarities(counts),
            "class_change": change_table(classes, counts),
            "class_embedding": embedding_table(
                classes,
                counts,
                neighbors=NEIGHBORS,
                seed=0,
                progress=lambda done, layers, what: advance(note=what),
            ),
        },
        "summit_pictures": {"feature_visualization": _pictures(published)},
    }


def _dataset(names: tuple[str, ...], classes: np.ndarray) -> Artifact:
    numbers = np.arange(len(names), dtype=np.int32)
    texts = [
        ("title", TITLE),
        ("source", "Summit (F. Hohman, H. Park, C. Robinson, D. H. Chau, IEEE VIS 2019)"),
        ("licence", "MIT"),
        ("note", "imported: the study has graphs and no images"),
    ]
    return {
        "classes": {
            "class": numbers,
            "name": list(names),
            "present": np.isin(numbers, classes),
        },
        "about": {
            "topic": [topic for topic, _ in texts],
            "number": [0] * len(texts),
            "text": [text for _, text in texts],
        },
    }


def _layers() -> TableData:
    unknown = np.full(len(LAYERS), np.nan)
    return {
        "layer": list(range(len(LAYERS))),
        "name": list(LAYERS),
        "channels": list(CHANNELS),
        "parent": list(range(-1, len(LAYERS) - 1)),
        "inner": [""] * len(LAYERS),
        "share": unknown,
        "kept": unknown,
        "forced": unknown,
    }


def _activation(graphs: PublishedGraphs) -> TableData:
    counted = graphs.count > 0
    return {
        "layer": graphs.vertex_layer[counted],
        "channel": graphs.vertex_channel[counted],
        "class": graphs.vertex_class[counted],
        "count": graphs.count[counted],
    }


def _graph(graphs: PublishedGraphs) -> Artifact:
    ends = np.searchsorted(graphs.edge_class, np.arange(graphs.classes + 1))
    edges = {
        label: edge_set(
            graphs.edge_layer[ends[label] : ends[label + 1]],
            graphs.channel_in[ends[label] : ends[label + 1]],
            graphs.channel_out[ends[label] : ends[label + 1]],
        )
        for label in range(graphs.classes)
    }
    motif, motif_class = motif_tables(edges)
    return {
        "graph_vertex": {
            "class": graphs.vertex_class,
            "layer": graphs.vertex_layer,
            "channel": graphs.vertex_channel,
            "count": graphs.count,
            "pagerank": graphs.pagerank,
        },
        "graph_edge": {
            "class": graphs.edge_class,
            "layer": graphs.edge_layer,
            "channel_in": graphs.channel_in,
            "channel_out": graphs.channel_out,
            "influence": graphs.influence,
        },
        "motif": motif,
        "motif_class": motif_class,
    }


def _pictures(published: Published) -> TableData:
    places = sorted(published.pictures)
    return {
        "layer": [layer for layer, _ in places],
        "channel": [channel for _, channel in places],
        "variant": [0] * len(places),
        "picture": [published.pictures[place] for place in places],
    }


def _pictures_note(published: Published) -> str:
    graphs = published.graphs
    vertices = set(zip(graphs.vertex_layer.tolist(), graphs.vertex_channel.tolist(), strict=True))
    without = len(vertices - set(published.pictures))
    said = f"The authors' pictures of {len(published.pictures):,} channels, 72 x 72 pixels."
    return said + (f" {without:,} channels of the graphs have none." if without else "")


def _flags_note(graphs: PublishedGraphs) -> str:
    names = ", ".join(f"{LAYERS[layer]} {channel}" for layer, channel in EXCLUDED)
    there = sum(
        int(((graphs.vertex_layer == layer) & (graphs.vertex_channel == channel)).sum())
        for layer, channel in EXCLUDED
    )
    return (
        "Counts over all classes are not published, so no channel can be flagged. The authors "
        f"excluded five by hand ({names}); of the graphs' vertices {there or 'none'} are such."
    )


def _written(stage: str, artifact: Artifact, study: Study, root: Path, published: Published) -> str:
    """Write a stage's artifact and return its key."""
    made = {
        "version": VERSION,
        "settings": {"published": published.content, "classes": len(published.names)},
        "inputs": {},
    }
    key = artifact_key(stage, **made)
    writer = ArtifactWriter(
        root,
        study.name,
        stage,
        key,
        **made,
        source_digest=source_digest(__name__),
        seed=study.seed,
        threads=study.threads,
        device="cpu",
    )
    with writer:
        for name, content in artifact.items():
            if isinstance(content, np.ndarray):
                writer.array(name, content)
            else:
                writer.table(name, content)
    return key
