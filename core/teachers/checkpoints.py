"""Weights and training state as plain arrays, so that a checkpoint never needs unpickling.

Names: ``<parameter>`` in ``weights``; ``module.<parameter>``, ``optimizer.<index>.<value>`` and
``generator`` in ``training_state``, where index counts parameters in the optimiser's order. The
optimiser's settings (learning rate, decay) are no state: whoever resumes builds it from the
study's settings again, and the rate follows from the epoch.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

Arrays = dict[str, np.ndarray]


def weights(module: nn.Module) -> Arrays:
    """Return copies of the module's parameters and buffers by name.

    Raises
    ------
    ValueError
        If the module's state holds anything but tensors; the line names it.
    """
    state = module.state_dict()
    for name, value in state.items():
        if not isinstance(value, Tensor):
            raise ValueError(
                f"the module's state must hold tensors only, got {type(value).__name__} for "
                f"{name!r}: a module that keeps other state (get_extra_state) cannot be stored"
            )
    return {name: _array(value) for name, value in state.items()}


def load_weights(module: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put the arrays into the module.

    Raises
    ------
    ValueError
        If a name is missing or unknown, or if a shape differs; the line names them.
    """
    expected = module.state_dict()
    _same_names("weights", expected.keys(), arrays.keys())
    for name, value in expected.items():
        if tuple(value.shape) != arrays[name].shape:
            raise ValueError(
                f"weights {name!r} must have shape {tuple(value.shape)}, got {arrays[name].shape}"
            )
    module.load_state_dict({name: _tensor(array) for name, array in arrays.items()})


def training_state(
    module: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator
) -> Arrays:
    """Return all that training changes, so that it can go on from here bit for bit.

    Raises
    ------
    ValueError
        If the optimiser keeps a value that is neither a tensor nor a number.
    """
    arrays = {f"module.{name}": array for name, array in weights(module).items()}
    for index, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            if value is None:  # SGD without momentum says so
                continue
            if not isinstance(value, Tensor | int | float):
                raise ValueError(
                    f"optimiser state {name!r} must be a tensor or a number, "
                    f"got {type(value).__name__}: choose an optimiser that keeps only those"
                )
            arrays[f"optimizer.{index}.{name}"] = _array(torch.as_tensor(value))
    arrays["generator"] = _array(generator.get_state())
    return arrays


def restore(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Put a training state back into a module, an optimiser and a generator built as before.

    Raises
    ------
    ValueError
        If the arrays do not belong to them: a name is missing or unknown, a shape differs.
    """
    parts: dict[str, dict[str, np.ndarray]] = {"module": {}, "optimizer": {}, "generator": {}}
    for name, array in arrays.items():
        part, _, rest = name.partition(".")
        if part not in parts:
            raise ValueError(
                f"training state must hold module, optimizer and generator, got {name!r}"
            )
        parts[part][rest] = array
    _same_names("training state", {"generator"}, {"generator"} & set(arrays))
    load_weights(module, parts["module"])
    state: dict[int, dict[str, Tensor]] = {}
    for name, array in parts["optimizer"].items():
        index, _, value = name.partition(".")
        state.setdefault(int(index), {})[value] = _tensor(array)
    # load_state_dict wants the settings too: they are the optimiser's own
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    generator.set_state(_tensor(parts["generator"][""]))


def _same_names(what: str, expected: Iterable[str], got: Iterable[str]) -> None:
    wanted, found = set(expected), set(got)
    if wanted != found:
        missing, unknown = sorted(wanted - found), sorted(found - wanted)
        raise ValueError(
            f"{what} do not fit the module: missing {', '.join(missing) or 'none'}; "
            f"unknown {', '.join(unknown) or 'none'}"
        )


def _array(value: Tensor) -> np.ndarray:
    value = value.detach().cpu()
    half = value.dtype == torch.bfloat16  # numpy has no such numbers; float32 holds them all
    return (value.float() if half else value).numpy().copy()


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array))  # a copy: the array may be a read-only memory map
