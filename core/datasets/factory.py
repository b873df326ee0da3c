"""A user's function that returns arrays: ``package.module:function``.

It returns images and labels, or training images, training labels, test images and test labels, in
this order or as a mapping with the keys ``images``, ``labels``, ``test_images``, ``test_labels``,
``split`` and ``class_names``. The rules of ``arrays`` hold. ``split_id`` is the row in the array.

What it returns can only be told apart by the text of its module, its arguments, and the files that
these and ``path`` name: give ``path`` where the function reads others that may change.
"""

import hashlib
import importlib
import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.array_files import array_listing
from core.datasets.content import (
    Root,
    file_hash,
    fingerprint,
    named_files,
    one_line,
    user_path,
)
from core.datasets.listing import Listing
from core.datasets.options import SourceOptions
from core.seeded import seeded

PARTS = ("images", "labels", "test_images", "test_labels")
KEYS = (*PARTS, "split", "class_names")


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return what the function returns; raises ``ValueError`` if it fails or returns otherwise."""
    function = _function(options)
    try:
        with seeded(0):  # every stage that asks must get the same images in the same order
            returned = function(**options.arguments)
    except Exception as error:  # whatever a user's code raises is one line of ours
        raise ValueError(
            f"data.function {options.function} raised {type(error).__name__}: {one_line(error)}"
        ) from error
    given = _mapping(returned, str(options.function))
    names = given.get("class_names")
    wanted = [part for part in (*PARTS, "split") if part in given]
    arrays = {part: _array(given[part], part, options) for part in wanted}
    return array_listing(
        str(options.function).rpartition(":")[2],
        f"function {options.function}",
        [arrays[part] for part in ("images", "test_images") if part in arrays],
        [arrays[part] for part in ("labels", "test_labels") if part in arrays],
        options,
        split=arrays.get("split"),
        class_names=() if names is None else tuple(map(str, names)),
    )


def content_fingerprint(options: SourceOptions, root: Root) -> str:
    """Return a hash of the function's module, its arguments and the files below ``path``.

    Raises ``ValueError`` if the module or the path does not exist.
    """
    module, _ = _address(options)
    try:
        spec = importlib.util.find_spec(module)
    except Exception as error:  # a package's own code runs, and may raise anything
        reason = f"{module} cannot be imported ({one_line(error)})"
        raise ValueError(_absent(options, reason)) from None
    if spec is None:
        raise ValueError(_absent(options, f"there is no module {module}"))
    origin = Path(spec.origin) if spec.origin else None
    text = file_hash(origin) if origin and origin.is_file() else ""
    arguments = json.dumps(dict(options.arguments), sort_keys=True, default=str)
    content = ""
    if options.path:
        base = user_path(options.path, "function", root)
        files = [base] if base.is_file() else [file for file in base.rglob("*") if file.is_file()]
        content = fingerprint(files, base.parent)
    named = [file_hash(file) for file in named_files(options.arguments)]
    joined = "\n".join(["seeded", str(options.function), text, arguments, content, *named])
    return hashlib.sha256(joined.encode()).hexdigest()


def _array(values: object, part: str, options: SourceOptions) -> np.ndarray:
    try:
        return np.asarray(values)
    except Exception as error:  # a tensor of torch that has a gradient, or lies on another device
        raise ValueError(
            f"data.function {options.function} must return arrays of numpy, but its {part} cannot "
            f"become one: {one_line(error)}"
        ) from None


def _address(options: SourceOptions) -> tuple[str, str]:
    module, separator, name = (options.function or "").partition(":")
    if not (module and separator and name):
        raise ValueError(
            f"data.function must be 'package.module:function', got {options.function!r}"
        )
    return module, name


def _function(options: SourceOptions) -> Callable[..., Any]:
    module, name = _address(options)
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        reason = f"{type(error).__name__}: {one_line(error)}"
        raise ValueError(_absent(options, f"{module} cannot be imported ({reason})")) from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(_absent(options, f"{module} has no {name}"))
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"data.function {options.function} must be callable, got {type(found)}")
    return found


def _absent(options: SourceOptions, reason: str) -> str:
    return (
        f"data.function {options.function} is not at hand: {reason}; start from the folder that "
        f"holds it, or install it"
    )


def _mapping(returned: Any, function: str) -> Mapping[str, Any]:
    if isinstance(returned, Mapping):
        unknown = [str(key) for key in returned if key not in KEYS]
        tests = ("test_images" in returned) == ("test_labels" in returned)
        if not unknown and tests and "images" in returned and "labels" in returned:
            return returned
        got = f"a mapping with {', '.join(map(str, returned))}"
    elif isinstance(returned, tuple) and len(returned) in (2, 4):
        return dict(zip(PARTS, returned, strict=False))
    else:
        got = type(returned).__name__
        got += f" of {len(returned)}" if isinstance(returned, tuple) else ""
    raise ValueError(
        f"data.function {function} must return (images, labels), (images, labels, test_images, "
        f"test_labels) or a mapping with keys among {', '.join(KEYS)}, got {got}"
    )
