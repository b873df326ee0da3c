"""What a picture costs a teacher, judged from its operations: no clock, so that builds repeat."""

import torch
from torch import nn

from core.saliency.method import Examined
from core.teachers.inference import device_of, evaluating

CALL, RATE = 25e-6, 4e10  # seconds of a pass of no work, and operations in a second
COUNTED = (nn.Conv2d, nn.Linear)
BLACK_BOX = 1e-4  # seconds of a pass of a teacher that is no network


def seconds_of_pass(teacher: Examined, shape: tuple[int, int, int]) -> float:
    """About how long one picture takes the teacher on one core; the same on every machine.

    Counted are the multiplications of convolutions and linear layers.
    """
    module = teacher.module
    if module is None:
        return BLACK_BOX
    operations = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal operations
        assert isinstance(layer, COUNTED)
        weight = layer.weight  # no parameter where it is normalised anew at each pass
        operations += 2 * output.numel() * weight.numel() // weight.shape[0]

    layers = [part for part in module.modules() if isinstance(part, COUNTED)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        with evaluating(module), torch.no_grad():
            module(torch.zeros(1, *shape, device=device_of(module)))
    finally:
        for hook in hooks:
            hook.remove()
    return CALL + operations / RATE
