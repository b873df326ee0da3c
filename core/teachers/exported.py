"""Programs that ``torch.export`` wrote: networks without their Python source.

An exported program consists of operators, so there are no layers to look into by name; gradients
are there, and where its last operator is a linear layer, so are representation and head.
"""

from pathlib import Path
from typing import Any

import torch
from torch import fx, nn

from core.teachers.factory import one_line

LINEAR = torch.ops.aten.linear.default
DROPOUTS = {torch.ops.aten.dropout.default: 2, torch.ops.aten.dropout_.default: 2}
NORMS = {torch.ops.aten.batch_norm.default: 5}


def exported_module(path: Path, *, trust_pickle: bool = False) -> nn.Module:
    """Return the network of an exported program, with its last linear layer as a module ``head``.

    Parameters
    ----------
    path
        What ``torch.export.save`` wrote.
    trust_pickle
        Allow it: torch unpickles parts of an exported program and evaluates others, so reading one
        can run any code.

    Raises
    ------
    ValueError
        If the file is not there, is not trusted, is no exported program, was exported in training
        mode or for batches of one size.
    """
    if not path.is_file():
        raise ValueError(f"exported program {path} does not exist: correct teacher.factory")
    if not trust_pickle:
        raise ValueError(
            f"exported program {path} may hold pickled objects: run with --trust-pickle if you "
            f"trust whoever wrote it, since reading it can run any code"
        )
    try:
        module: Any = torch.export.load(path).module()
    except Exception as error:  # torch.export raises of every kind for a file it cannot read
        raise ValueError(
            f"exported program {path} cannot be read ({one_line(error)}): save it with "
            f"torch.export.save under torch {torch.__version__} or older"
        ) from error
    _check_batch(module, path)
    for node in module.graph.nodes:
        place = {**DROPOUTS, **NORMS}.get(node.target)
        if place is not None and len(node.args) > place and node.args[place] is True:
            raise ValueError(
                f"exported program {path} is in training mode ({node.name}): call module.eval() "
                f"before torch.export.export"
            )
    for switch in ("train", "eval"):  # they only raise; the program has one mode anyway
        module.__dict__.pop(switch, None)
    _name_head(module)
    return module


def _check_batch(module: fx.GraphModule, path: Path) -> None:
    inputs = [node for node in module.graph.nodes if node.op == "placeholder"]
    shape = getattr(inputs[0].meta.get("val"), "shape", ()) if inputs else ()
    if shape and isinstance(shape[0], int):
        raise ValueError(
            f"exported program {path} takes batches of {shape[0]} only: export it with "
            f"dynamic_shapes=({{0: torch.export.Dim('batch')}},)"
        )


def _name_head(module: fx.GraphModule) -> None:
    """Put a linear layer in the place of the last linear operator, so that hooks find it."""
    calls = [node for node in module.graph.nodes if node.target is LINEAR]
    parameters = [argument for node in calls[-1:] for argument in node.args[1:]]
    if not calls or any(
        not isinstance(node, fx.Node) or node.op != "get_attr" for node in parameters
    ):
        return
    node = calls[-1]
    weight, *bias = (_attribute(module, str(parameter.target)) for parameter in parameters)
    with torch.device("meta"):  # the program's own parameters take the places of these
        head = nn.Linear(weight.shape[1], weight.shape[0], bias=bool(bias))
    head.weight = _parameter(weight)
    if bias:
        head.bias = _parameter(bias[0])
    name = "head"
    while hasattr(module, name):
        name += "_"
    module.add_submodule(name, head)
    with module.graph.inserting_before(node):
        call = module.graph.call_module(name, (node.args[0],))
    node.replace_all_uses_with(call)
    module.graph.erase_node(node)
    module.recompile()


def _attribute(module: nn.Module, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _parameter(value: torch.Tensor) -> nn.Parameter:
    return value if isinstance(value, nn.Parameter) else nn.Parameter(value)
