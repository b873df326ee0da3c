"""A user's function that makes a model: ``package.module:function``, and what it raises.

The function is called again wherever the model is needed, so nothing is ever pickled.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import torch

from core.seeded import seeded


def made_by(factory: str, arguments: Mapping[str, Any] | None = None, *, seed: int = 0) -> Any:
    """Return what the function returns.

    Parameters
    ----------
    factory
        "package.module:function"; a dotted name after the colon goes into classes.
    arguments
        What it is called with.
    seed
        Seed of the generators of Python, numpy and torch while it runs, so that random weights, or
        a forest that is fitted anew, are the same every time.

    Raises
    ------
    ValueError
        If the address is none, nothing is found there, or the function raises; one line.
    """
    function = _function(factory)
    with seeded(seed), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return function(**dict(arguments or {}))
        except Exception as error:  # whatever a user's code raises is one line of ours
            raise ValueError(
                f"teacher.factory {factory} raised {one_line(error)}: call it yourself with "
                f"teacher.arguments to see where"
            ) from error


def one_line(error: BaseException) -> str:
    """Return an error's kind and message on one line of at most 300 characters."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300].rstrip(": ")


def _function(factory: str) -> Callable[..., Any]:
    module, separator, name = factory.partition(":")
    if not (module and separator and name):
        raise ValueError(
            f"teacher.factory must be 'package.module:function', 'export:FILE.pt2' or "
            f"'onnx:FILE', got {factory!r}"
        )
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:  # importing runs foreign code, which may raise anything
        raise ValueError(
            f"teacher.factory {factory}: {module} cannot be imported ({one_line(error)}): start "
            f"from the folder that holds it, or install it"
        ) from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"teacher.factory {factory}: {module} has no {name}")
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(
            f"teacher.factory {factory} must be a function, got {type(found).__name__}"
        )
    return found
