"""A user's folder of images: one sub-folder for each class, perhaps below ``train`` and ``test``.

Classes and files are in the order of their names, as in torchvision's image folders, so that a
classifier's outputs keep their meaning; ``class_names`` gives another order. ``split_id`` is the
place in that order, within the split's folder or in the whole. Hidden files, and those that file
managers leave behind, do not count; every other file must be an image.
"""

import mimetypes
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.datasets.content import Root, user_path
from core.datasets.decoding import Encoded, Pixels, decode_all
from core.datasets.listing import Listing, Rows, drawn
from core.datasets.options import SourceOptions

TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")
LEFT_BEHIND = {"Thumbs.db", "desktop.ini", "__MACOSX"}

Found = tuple[Path, str]  # a file and its class


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return the images; raises ``ValueError`` if the folder is missing or not laid out so."""
    base = _base(options, root)
    parts, notes = _parts(base)
    found = {part: _images(base, folder) for part, folder in parts.items()}
    everything = [entry for part in found.values() for entry in part]
    names = _class_names(base, options, sorted({name for _, name in everything}))
    index = {name: number for number, name in enumerate(names)}
    labels = np.array([index[name] for _, name in everything], dtype=np.int64)
    files = [file for file, _ in everything]
    if set(found) == {"train"} or set(found) == {"all"}:
        split, split_id = drawn(labels, options), np.arange(len(files))
    else:
        split = np.concatenate([np.full(len(part), name) for name, part in found.items()])
        split_id = np.concatenate([np.arange(len(part)) for part in found.values()])

    def pixels(rows: Rows) -> Pixels:
        def encoded() -> Iterator[tuple[str, Encoded]]:
            for row in rows:
                yield files[row].relative_to(base).as_posix(), files[row]

        return decode_all(
            encoded,
            len(rows),
            size=options.size,
            channels=options.channels,
            skip_corrupt=options.skip_corrupt,
        )

    return Listing(
        name=base.name,
        title=f"Images of the folder {base.name}",
        labels=labels,
        class_names=names,
        split=split,
        split_id=split_id,
        pixels=pixels,
        source=f"image folder {base.name}",
        licence="as its owner says",
        notes=notes,
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return every file that ``listing`` would list; raises ``ValueError`` as it does."""
    base = _base(options, root)
    return [file for folder in _parts(base)[0].values() for file, _ in _images(base, folder)]


def _base(options: SourceOptions, root: Root) -> Path:
    base = user_path(options.path, "folder", root).absolute()
    if not base.is_dir():
        raise ValueError(f"data.path: {base} is a file: source 'folder' needs a folder of classes")
    return base


def _parts(base: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The folder of each split, or of all images, and what is to be noted."""
    folders = {folder.name.lower(): folder for folder in _folders(base)}
    # a class may be called "train": then images lie in it
    splits = [
        name
        for name, folder in folders.items()
        if name in TRAIN + TEST and _folders(folder) and not any(map(_is_image, folder.iterdir()))
    ]
    if not splits:
        return {"all": base}, ()
    if odd := [folder.name for name, folder in folders.items() if name not in splits]:
        raise ValueError(
            f"{base} holds folders of classes in {folders[splits[0]].name}, but {odd[0]} is no "
            f"split with folders of classes: put the images of each class of it into a folder of "
            f"its own, or move {odd[0]} elsewhere"
        )
    train = [folders[name] for name in TRAIN if name in folders]
    test = [folders[name] for name in TEST if name in folders]
    unused = train[1:] + test[1:]
    parts = {name: found[0] for name, found in (("train", train), ("test", test)) if found}
    return parts, tuple(f"the images below {folder.name} are not used" for folder in unused)


def _images(base: Path, folder: Path) -> list[Found]:
    """Every file below the class folders, with its class, in the order of their names."""
    stray = [entry.name for entry in sorted(folder.iterdir()) if _counts(entry) and entry.is_file()]
    classes = _folders(folder)
    if not classes:
        raise ValueError(
            f"{folder} has no class folders: put the images of each class into a folder of its own"
            + (f", {len(stray)} files lie outside of one" if stray else "")
        )
    found = []
    for class_folder in classes:
        inside = []
        for place, below, names in os.walk(class_folder):
            below[:] = sorted(name for name in below if _counts(Path(name)))
            inside += [Path(place, name) for name in sorted(names) if _counts(Path(name))]
        if not inside:
            raise ValueError(
                f"class folder {class_folder.relative_to(base)} holds no images: remove it or "
                f"put some into it"
            )
        found += [(file, class_folder.name) for file in inside]
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and _counts(entry))


def _counts(entry: Path) -> bool:
    return not entry.name.startswith(".") and entry.name not in LEFT_BEHIND


def _is_image(entry: Path) -> bool:
    """Whether the name is that of an image."""
    return (mimetypes.guess_type(entry.name)[0] or "").startswith("image/")


def _class_names(base: Path, options: SourceOptions, found: list[str]) -> tuple[str, ...]:
    if not options.class_names:
        return tuple(found)
    if unknown := sorted(set(found) - set(options.class_names)):
        raise ValueError(
            f"{base} has a folder {unknown[0]!r} that class_names do not list: they are "
            f"{', '.join(options.class_names)}"
        )
    return options.class_names
