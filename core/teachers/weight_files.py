"""Weights that others wrote: safetensors, or a state dict that torch saved.

Numbers come back as float32 where they were of half precision. A state dict that lies one level
down (``state_dict``, ``model``...) is found, and a prefix that all names share and none of the
module's has (``module.`` of data parallel training, ``_orig_mod.`` of compiled modules) is taken
off: neither can change what the numbers mean.
"""

import pickle
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.teachers.checkpoints import Arrays

NESTED = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
PREFIXES = ("module.", "_orig_mod.", "model.")


def read_weights(path: Path, *, trust_pickle: bool = False) -> Arrays:
    """Return the arrays of a file of weights by name.

    Parameters
    ----------
    path
        ``.safetensors``, or a file that ``torch.save`` wrote of a state dict.
    trust_pickle
        Allow a file that can only be unpickled; this runs whatever code the file holds.

    Raises
    ------
    ValueError
        If the file is not there, is damaged, holds no state dict, or can only be unpickled and is
        not trusted; the message is one line.
    """
    if not path.is_file():
        raise ValueError(f"weights file {path} does not exist: correct teacher.weights")
    if path.suffix == ".safetensors":
        try:
            return _arrays(load_file(path), path)
        except safetensors.SafetensorError as error:
            raise ValueError(f"weights file {path} is damaged: {error}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a pickle of another protocol is refused right below
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if not trust_pickle:
            raise ValueError(
                f"weights file {path} holds more than a state dict ({_reason(error)}): save "
                f"module.state_dict() as safetensors, or run with --trust-pickle if you trust "
                f"whoever wrote it, since reading it can run any code"
            ) from None
        found = _unpickled(path)
    except (RuntimeError, EOFError, OSError, KeyError) as error:
        if "TorchScript" in str(error):
            raise ValueError(
                f"weights file {path} is a TorchScript program, not weights: load it in a function "
                f"of your own (torch.jit.load) that teacher.factory names, or save its state_dict()"
            ) from None
        raise ValueError(f"weights file {path} is damaged: {_reason(error)}") from None
    return _arrays(found, path)


def fitted(arrays: Mapping[str, np.ndarray], names: Iterable[str]) -> Arrays:
    """Return the arrays without a prefix that all of them share and none of the names has."""
    wanted = set(names)
    found = dict(arrays)
    for prefix in PREFIXES:
        shared = found and all(name.startswith(prefix) for name in found)
        if shared and not any(name.startswith(prefix) for name in wanted):
            found = {name.removeprefix(prefix): array for name, array in found.items()}
    return found


def _unpickled(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # unpickling runs foreign code, which may raise anything
        raise ValueError(f"weights file {path} cannot be unpickled: {_reason(error)}") from error


def _arrays(found: Any, path: Path) -> Arrays:
    if isinstance(found, torch.nn.Module):  # only a trusted file comes here
        found = found.state_dict()
    if not isinstance(found, Mapping):
        raise ValueError(
            f"weights file {path} must hold a state dict, got {type(found).__name__}: save "
            f"module.state_dict()"
        )
    for name in NESTED:
        if isinstance(found.get(name), Mapping):
            return _arrays(found[name], path)
    wrong = [str(name) for name, value in found.items() if not isinstance(value, Tensor)]
    if wrong or not found:
        raise ValueError(
            f"weights file {path} must hold tensors by name, got "
            f"{'other values for ' + ', '.join(wrong[:5]) if wrong else 'none'}: save "
            f"module.state_dict()"
        )
    return {str(name): _array(value) for name, value in found.items()}


def _array(value: Tensor) -> np.ndarray:
    value = value.detach().cpu()
    half = value.dtype in (torch.float16, torch.bfloat16)
    return (value.float() if half else value).numpy().copy()


def _reason(error: BaseException) -> str:
    """The first sentence of what torch says, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    for mark in ("Unsupported global: ", "Unsupported operand "):
        if mark in text:
            return mark + text.split(mark, 1)[1].split()[1 if mark.endswith("global: ") else 0]
    return text.split(". ")[0][:200]
