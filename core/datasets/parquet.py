"""A user's Parquet files with encoded images, laid out as on public hubs or otherwise.

``path`` is a file, or a folder of files; names that begin with ``train``, ``test`` or ``val``, of
files or of folders that they lie in, tell the split, else a column ``split`` does, else it is
drawn. Images are bytes, or a structure with ``bytes``. Labels are numbers or words; class names
written into the file's metadata by the ``datasets`` library are used. ``split_id`` is the row in
the split's files one after another, or in all files where they do not tell the split.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.arrays import as_labels
from core.datasets.content import Root, one_line, user_path
from core.datasets.decoding import Encoded, Pixels, decode_all
from core.datasets.listing import Listing, Rows, drawn
from core.datasets.options import SourceOptions

IMAGES = ("image", "images", "img", "png", "jpeg", "bytes")
LABELS = ("label", "labels", "class", "target", "fine_label")
WORDS = ("train", "test", "val")
BATCH = 64  # images held while they are decoded
DAMAGE = (ValueError, OSError, KeyError, NotImplementedError)  # pyarrow's errors are of these
LARGEST = 32 << 30  # bytes of a file's images


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return the images; raises ``ValueError`` if files or columns are missing or damaged."""
    path = user_path(options.path, "parquet", root)
    base = path if path.is_dir() else path.parent
    found, unused = _used([file.relative_to(base) for file in files(options, root)])
    tables = [_Table(base / file, file.as_posix(), told, options) for file, told in found.items()]
    labels, class_names = as_labels(
        [table.labels for table in tables],
        options.class_names or tables[0].class_names,
        f"labels of {tables[0].name}",
    )
    split, split_id = _split(tables, labels, options)
    starts = np.cumsum([0, *map(len, tables)])

    def pixels(rows: Rows) -> Pixels:
        # files are read from front to back; the images then take the places that were asked for
        order = np.argsort(rows)

        def encoded() -> Iterator[tuple[str, Encoded]]:
            for table, start, end in zip(tables, starts, starts[1:], strict=False):
                yield from table.encoded(rows[order][(rows[order] >= start) & (rows[order] < end)]
                                         - start)  # fmt: skip

        read = decode_all(
            encoded,
            len(rows),
            size=options.size,
            channels=options.channels,
            skip_corrupt=options.skip_corrupt,
        )
        kept = np.zeros(len(rows), bool)
        kept[order] = read.kept
        place = np.argsort(np.argsort(rows[kept]))
        return Pixels(read.images[place], kept, read.notes)

    name = path.absolute().stem
    return Listing(
        name=name,
        title=f"Images of {name}",
        labels=labels,
        class_names=class_names,
        split=split,
        split_id=split_id,
        pixels=pixels,
        source=f"Parquet {', '.join(table.name for table in tables[:3])}",
        licence="as its owner says",
        notes=tuple(f"the images of {file.as_posix()} are not used" for file in unused),
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the files, sorted; raises ``ValueError`` if there is none."""
    path = user_path(options.path, "parquet", root)
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*.parquet"))
    if not found:
        raise ValueError(f"data.path: there is no .parquet file in {path}: put some there")
    return found


@dataclass(eq=False)
class _Table:
    """One file: its labels, read at once, and its images, read in batches.

    ``name``  what messages call it: its place below the study's path
    ``told``  the split that its name tells, None where it tells none
    """

    file: Path
    name: str
    told: str | None
    options: SourceOptions

    def __post_init__(self) -> None:
        self._open()
        schema = self._parquet.schema_arrow
        self.image = self._column(self.options.images, IMAGES, "images", schema.names)
        label = self._column(self.options.labels, LABELS, "labels", schema.names)
        wanted = [label, "split"] if "split" in schema.names else [label]
        try:
            table = self._parquet.read(columns=wanted)
        except DAMAGE as error:
            raise ValueError(f"{self.name} cannot be read: {one_line(error)}") from None
        if table.column(label).null_count:
            raise ValueError(f"column {label} of {self.name} must be complete, got empty rows")
        self.labels = table.column(label).to_numpy(zero_copy_only=False)
        self.split = table.column("split").to_numpy() if len(wanted) == 2 else None
        self.class_names = _class_names(schema.metadata, label)

    def __len__(self) -> int:
        return len(self.labels)

    def encoded(self, rows: Rows) -> Iterator[tuple[str, Encoded]]:
        """Name and bytes of the images of these rows, which rise."""
        size = sum(
            self._parquet.metadata.row_group(group).total_byte_size
            for group in range(self._parquet.metadata.num_row_groups)
        )
        if size > LARGEST:
            raise ValueError(
                f"{self.name} declares {size / 1e9:.0f} GB, more than "
                f"{LARGEST / 1e9:.0f}: split it into several files"
            )
        self._open()
        start = 0
        try:
            for batch in self._parquet.iter_batches(BATCH, columns=[self.image]):
                inside = rows[(rows >= start) & (rows < start + len(batch))]
                column = batch.column(0)
                for row in inside:
                    yield f"row {row} of {self.name}", self._bytes(column[int(row - start)])
                start += len(batch)
        except OSError as error:
            raise ValueError(f"{self.name} cannot be read: {one_line(error)}") from None

    def _open(self) -> None:
        import pyarrow.parquet  # a tenth of a second that no other source needs

        try:
            self._parquet = pyarrow.parquet.ParquetFile(self.file)
        except DAMAGE as error:
            raise ValueError(f"{self.name} is no whole Parquet file: {one_line(error)}") from None

    def _column(
        self, given: str | None, usual: tuple[str, ...], what: str, there: list[str]
    ) -> str:
        for name in (given,) if given else usual:
            if name in there:
                return name
        raise ValueError(
            f"{self.name} has no column {given or ' or '.join(usual)}: it has "
            f"{', '.join(there)}; set data.{what} to the one that is meant"
        )

    def _bytes(self, scalar: Any) -> bytes:
        value = scalar.as_py()
        value = value.get("bytes") if isinstance(value, dict) else value
        if value is not None and not isinstance(value, bytes):
            raise ValueError(
                f"column {self.image} of {self.name} must hold the bytes of images, got "
                f"{type(value).__name__}"
            )
        return value or b""


def _told(name: str) -> str | None:
    """The split that a name begins with; validation is told apart from testing."""
    return next((word for word in WORDS if name.lower().startswith(word)), None)


def _used(found: list[Path]) -> tuple[dict[Path, str | None], list[Path]]:
    """The files to be read with their splits, and those for validation where others are to test."""
    told = {file: next(filter(None, map(_told, reversed(file.parts))), None) for file in found}
    testing = "test" in told.values()
    unused = [file for file, word in told.items() if testing and word == "val"]
    return {
        file: "test" if word == "val" else word for file, word in told.items() if file not in unused
    }, unused


def _split(
    tables: list[_Table], labels: np.ndarray, options: SourceOptions
) -> tuple[np.ndarray, np.ndarray]:
    parts = [table.told for table in tables]
    sizes = [len(table) for table in tables]
    if set(parts) in ({"train", "test"}, {"test"}):
        split = np.repeat(np.array(parts, dtype="<U5"), sizes)
        split_id = np.empty(len(labels), np.int64)
        for part in ("train", "test"):
            split_id[split == part] = np.arange(int((split == part).sum()))
        return split, split_id
    rows = np.arange(len(labels))
    given = [table.split for table in tables if table.split is not None]
    if len(given) < len(tables):
        if None in parts and set(parts) != {None}:
            silent = tables[parts.index(None)].name
            raise ValueError(
                f"some Parquet files tell their split by their names, {silent} does not: let every "
                f"name of a file or of its folder begin with train, test or val"
            )
        return drawn(labels, options), rows
    words = np.concatenate(given).astype(str)
    named = np.array([_told(word) or "" for word in words], dtype="<U5")
    named[named == "val"] = "test"
    if (named == "").any():
        raise ValueError(
            f"column split of {tables[0].name} must say train, test or val, got "
            f"{str(words[int((named == '').argmax())])!r}"
        )
    return named, rows


def _class_names(metadata: dict[bytes, bytes] | None, label: str) -> tuple[str, ...]:
    """Names that the ``datasets`` library wrote into the file, if it did."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        names = features[label]["names"]
        return tuple(map(str, names))
    except (KeyError, ValueError, TypeError):
        return ()
