"""What makes attribution libraries silently wrong, found by one forward pass and named.

captum replaces the backward rule of ReLU *modules*: guided backprop of a network that calls
``torch.relu`` or ``F.relu`` is the plain gradient, without a word. Its layer-wise relevance
propagation knows modules one by one: it fails on ``nn.Flatten`` and on every layer that it has no
rule for, and does not conserve relevance across additions between layers that are no module. A
module that is called twice in one pass keeps only its last call's activations.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from captum.attr._core.lrp import SUPPORTED_LAYERS_WITH_RULES, SUPPORTED_NON_LINEAR_LAYERS
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

RELUS: frozenset[Callable[..., Any]] = frozenset(
    {
        torch.relu,
        torch.relu_,
        nn.functional.relu,
        nn.functional.relu_,
        nn.functional.relu6,
        torch.Tensor.relu,
        torch.Tensor.relu_,
    }
)
ADDITIONS: frozenset[Callable[..., Any]] = frozenset(
    {torch.add, torch.Tensor.add, torch.Tensor.add_, torch.Tensor.__add__, torch.Tensor.__iadd__}
)
FLATTENS: frozenset[Callable[..., Any]] = frozenset(
    {torch.flatten, torch.Tensor.flatten, torch.Tensor.view, torch.Tensor.reshape}
)

# what has no rule by choice, or is named by itself
KNOWN = frozenset({*SUPPORTED_LAYERS_WITH_RULES, *SUPPORTED_NON_LINEAR_LAYERS, nn.Flatten})


@dataclass(frozen=True)
class Traps:
    """What one forward pass met.

    ``functional_relus`` calls of a ReLU function outside a ReLU module; ``functional_additions``
    sums of two feature maps outside a leaf module; ``functional_flattens`` reshapes outside one;
    ``flatten_modules`` names of ``nn.Flatten``; ``repeated_modules`` names of leaf modules with a
    rule of their own that were called more than once; ``layers_without_rule`` names of leaf
    modules of other kinds that captum's propagation does not know.
    """

    functional_relus: int
    functional_additions: int
    functional_flattens: int
    flatten_modules: tuple[str, ...]
    repeated_modules: tuple[str, ...]
    layers_without_rule: tuple[str, ...]

    @property
    def guided_backprop(self) -> str | None:
        """Why captum's guided backprop would be the plain gradient here, or None."""
        if self.functional_relus:
            return (
                "guided backprop would miss ReLUs that the network calls as functions "
                f"({self.functional_relus} here): use nn.ReLU modules instead"
            )
        return None

    @property
    def relevance_propagation(self) -> str | None:
        """Why captum's layer-wise relevance propagation would fail or not conserve, or None."""
        reasons = []
        if self.flatten_modules:
            reasons.append(f"it fails on nn.Flatten ({', '.join(self.flatten_modules)})")
        if self.layers_without_rule:
            reasons.append(f"it has no rule for {', '.join(self.layers_without_rule)}")
        if self.functional_additions:
            reasons.append(
                "it does not conserve relevance where feature maps are added "
                f"({self.functional_additions} here)"
            )
        if self.functional_relus:
            reasons.append(f"it misses ReLUs called as functions ({self.functional_relus} here)")
        if self.repeated_modules:
            reasons.append(f"it mixes up repeated modules ({', '.join(self.repeated_modules)})")
        if not reasons:
            return None
        return f"layer-wise relevance propagation is not offered: {'; '.join(reasons)}"


def traps(module: nn.Module, example: Tensor) -> Traps:
    """Return what one forward pass of the module on an example meets.

    Parameters
    ----------
    module
        Put into evaluation mode for the pass.
    example
        One picture or more, as the module reads it.
    """
    inside: list[str] = []  # leaf modules that are running
    calls: Counter[str] = Counter()
    watch = _Watch(inside)
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    names = {name: part for name, part in module.named_modules() if not list(part.children())}
    with ExitStack() as hooks:
        for name, part in names.items():

            def enter(_: nn.Module, __: Any, name: str = name) -> None:
                inside.append(name)
                calls[name] += 1

            def leave(_: nn.Module, __: Any, ___: Any) -> None:
                inside.pop()

            hooks.callback(part.register_forward_pre_hook(enter).remove)
            hooks.callback(part.register_forward_hook(leave).remove)
        try:
            with watch, torch.no_grad():
                module(example)
        finally:
            for part, training in modes:
                part.training = training
    ruled = (nn.ReLU, nn.ReLU6, nn.Conv2d, nn.Linear)
    return Traps(
        watch.counts["relu"],
        watch.counts["addition"],
        watch.counts["flatten"],
        tuple(name for name, part in names.items() if isinstance(part, nn.Flatten)),
        tuple(name for name, part in names.items() if calls[name] > 1 and isinstance(part, ruled)),
        tuple(
            f"{name} ({type(part).__name__})"
            for name, part in names.items()
            if type(part) not in KNOWN
        ),
    )


class _Watch(TorchFunctionMode):
    """Counts calls of functions while no leaf module is running."""

    def __init__(self, inside: list[str]) -> None:
        super().__init__()
        self.inside = inside
        self.counts: Counter[str] = Counter()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if not self.inside:
            if func in RELUS:
                self.counts["relu"] += 1
            elif func in FLATTENS:
                self.counts["flatten"] += 1
            elif func in ADDITIONS and all(_is_feature_map(value) for value in args[:2]):
                self.counts["addition"] += 1
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **(kwargs or {}))


def _is_feature_map(value: object) -> bool:
    return isinstance(value, Tensor) and value.ndim >= 2
