"""Stage ``summit_pictures``: pictures that each channel of a class's graph responds to.

It can take hours, so each channel is kept as soon as it is drawn, as an artifact ``summit_channel``
of its own whose key holds the teacher, the images, the channel and the settings. A build that was
cut off goes on with the channels that are missing, and another preset's graphs find the channels
that they share. When all are there they are gathered into one table; ``clean`` may then remove the
single ones.
"""

import io
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from core.axes import Images
from core.store import TABLES, ArtifactWriter, artifact_finished, artifact_key, study_folder
from core.store.schema import arrow_schema
from core.summit.visualization import (
    FINE,
    QUICK,
    SMALL,
    Visualization,
    image_statistics,
    visualize,
)
from precompute.channel_graphs import Network, network
from precompute.plan import label
from precompute.settings import Summit
from precompute.stage import Work, source_digest
from precompute.stages.summit_patches import picture
from precompute.summit_notes import LENS, Notes, note_table
from precompute.teachers import Shape
from precompute.unavailable import declined

CHANNEL, TABLE = "summit_channel", "feature_visualization"
VERSION = 1  # of a channel's artifact: raised together with the stage's own
DRAFT = 32  # steps
VARIANTS, MANY = 4, 1_000  # so many variants, unless more channels than that are drawn
STATISTICS = 256  # images that tell what pictures of the study look like
AT_ONCE, SMALL_AT_ONCE, SIDE = 16, 64, 64  # pictures optimised together, above and up to a side
EMPTY = arrow_schema(TABLES[TABLE]).empty_table()


def summit_pictures(work: Work) -> None:
    """Draw the channels that are not drawn yet, and gather all."""
    if declined(work, LENS):
        return
    wanted = work.inputs.sql(
        "select distinct v.layer, l.name, v.channel from graph_vertex v join summit_layer l "
        "on v.layer = l.layer order by v.layer desc, v.channel"
    )
    images = work.inputs.array("dataset", "images")
    settings = drawing(work.study.summit, images.shape[1:3], len(wanted), work.study.seed)
    channels = [Channel(work, settings, *row) for row in wanted.itertuples(index=False)]
    missing = [channel for channel in channels if not channel.finished]
    work.progress.expect(max(len(missing), 1))
    if missing:
        _draw(work, images, missing, settings)
    table = pa.concat_tables([EMPTY, *(channel.table for channel in channels)])
    work.artifact.table(TABLE, {name: table[name] for name in table.column_names})
    work.artifact.table("summit_note", note_table(*_notes(table, settings)))


def drawing(wanted: Summit, size: tuple[int, ...], channels: int, seed: int) -> Visualization:
    """How a study's channels are drawn: small images at their own size, photographs smaller.

    ``size`` is height and width of the images, ``channels`` how many channels are drawn.
    """
    photographs = min(size) > QUICK.size
    settings = QUICK if photographs else SMALL
    if wanted.pictures == "fine":
        settings = replace(settings, steps=FINE.steps, size=FINE.size if photographs else 0)
    if wanted.pictures == "draft":
        settings = replace(settings, steps=DRAFT)
    usual = 1 if wanted.pictures == "draft" or channels > MANY else VARIANTS
    return replace(settings, variants=wanted.variants or usual, seed=seed)


class Channel:
    """One channel, and the artifact that its pictures become."""

    def __init__(
        self, work: Work, drawing: Visualization, layer: int, name: str, channel: int
    ) -> None:
        self.layer, self.name, self.number = int(layer), name, int(channel)
        artifacts = work.inputs.run.artifacts()
        made = {
            "version": VERSION,
            "settings": {
                "layer": self.layer,
                "name": name,
                "channel": self.number,
                "threads": work.study.threads,
                **asdict(drawing),
            },
            "inputs": {
                label(stage, epoch): key
                for stage, epoch, key in artifacts
                if stage in ("dataset", "teacher")
            },
        }
        self._root = work.artifact.path.parents[2]
        self._place = (work.study.name, CHANNEL, artifact_key(CHANNEL, **made))
        self._made = {
            **made,
            "source_digest": source_digest(__name__),
            "seed": work.study.seed,
            "threads": work.study.threads,
            "device": work.device,
        }

    @property
    def finished(self) -> bool:
        """Whether it is drawn."""
        return artifact_finished(self._root, *self._place, verify=True)

    @property
    def table(self) -> pa.Table:
        """Its pictures, once it is drawn."""
        study, stage, key = self._place
        return pq.read_table(study_folder(self._root, study) / stage / key / f"{TABLE}.parquet")

    def keep(self, variants: list[bytes]) -> None:
        """Write its pictures."""
        count = len(variants)
        with ArtifactWriter(self._root, *self._place, **self._made) as artifact:
            artifact.table(
                TABLE,
                {
                    "layer": [self.layer] * count,
                    "channel": [self.number] * count,
                    "variant": list(range(count)),
                    "picture": variants,
                },
            )


def _draw(work: Work, images: Images, missing: list[Channel], settings: Visualization) -> None:
    """Draw channels, layer by layer, and keep each."""
    height, width, colors = images.shape[1:]
    teacher = _network(work, (height, width, colors), settings)
    seen = images[np.linspace(0, len(images) - 1, min(len(images), STATISTICS)).astype(int)]
    size = teacher.graph.image[1], teacher.graph.image[2]
    statistics = image_statistics(seen, size)
    at_once = AT_ONCE if max(size) > SIDE else SMALL_AT_ONCE
    for name in dict.fromkeys(channel.name for channel in missing):
        own = {channel.number: channel for channel in missing if channel.name == name}
        drawn = visualize(
            teacher.graph,
            name,
            list(own),
            statistics,
            settings,
            prepare=teacher.teacher.preprocessing.normalized,
            at_once=at_once,
            workers=work.study.threads if work.device == "cpu" else 1,
        )
        for number, variants in drawn:
            own[number].keep([picture(variant) for variant in variants])
            work.progress.advance(note=f"{name}, channel {number}")


def _network(work: Work, image_shape: Shape, settings: Visualization) -> Network:
    """The network at the pictures' size; at the images' own where it reads no other."""
    names = work.inputs.sql("select name from summit_layer order by layer")["name"].tolist()
    if settings.size:
        try:
            return network(work, image_shape, layers=names, size=settings.size)
        except ValueError:  # a linear layer behind a flatten knows one size only
            pass
    return network(work, image_shape, layers=names)


def _notes(table: pa.Table, settings: Visualization) -> tuple[Notes, Notes]:
    """What is said of the pictures, and of what is missing."""
    channels = table.num_rows // settings.variants
    if not channels:
        return {}, {"pictures": "No class has a graph, so no channel is drawn."}
    width, height = Image.open(io.BytesIO(table["picture"][0].as_py())).size
    said = {"pictures": f"{width} x {height} pixels, {settings.steps} steps."}
    if settings.variants > 1:
        return said, {}
    return said, {
        "variants": f"One picture was drawn of each of {channels:,} channels; variants: "
        f"build with --set summit.variants={VARIANTS}."
    }
