"""A study's teacher as saliency methods and explainers see it: pictures in 0..1 to logits.

A torch module reads pictures as they are. Any other teacher reads images: pictures are rounded to
the 256 values that an image has, and a probability of zero, whose logarithm would be minus
infinity, counts as ``FLOOR`` (a forest says 0 where no tree voted).
"""

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from core.saliency.method import Examined, Logits, Pictures
from core.side_by_side import side_by_side
from core.teachers.inference import TorchTeacher, as_logits, evaluating, in_format
from core.teachers.preprocessing import Normalized
from core.teachers.protocol import Capability, Teacher

FLOOR = 1e-4
SMALL = 32  # longest side of a picture up to which one thread is enough,
QUICK = 5e-4  # where a pass of the teacher takes no more seconds
LARGE = 64  # longest side beyond which two pictures fill a core's caches
TOGETHER, TOGETHER_LARGE = 64, 2  # pictures that a thread reads at once


def examined(teacher: Teacher) -> Examined:
    """Return the teacher as a function of pictures, with its module where it has gradients."""
    if isinstance(teacher, TorchTeacher):
        return _network(teacher)

    def predict(pictures: Pictures) -> Logits:
        images = np.rint(pictures.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
        return np.maximum(teacher.predict(images).logits, np.float32(math.log(FLOOR)))

    return Examined(predict)


def _network(teacher: TorchTeacher) -> Examined:
    module = Normalized(teacher.module, teacher.preprocessing).eval()
    floor = math.log(FLOOR) if teacher.outputs == "probabilities" else -math.inf

    free: list[nn.Module] = [module]  # it may keep things while it computes: one for each thread
    try:
        free.append(_twin(module))
        copied = True
    except Exception:  # a network of somebody's own may hold anything
        copied = False

    def answered(batch: Pictures) -> Logits:
        batch = np.ascontiguousarray(batch)
        inputs = torch.from_numpy(batch if batch.flags.writeable else batch.copy())
        try:
            mine = free.pop()
        except IndexError:
            mine = _twin(module)
        try:
            with torch.inference_mode():
                output = mine(in_format(inputs.to(teacher.device), teacher.memory_format))
        finally:
            free.append(mine)
        return output.float().cpu().numpy()

    def predict(pictures: Pictures) -> Logits:
        workers = torch.get_num_threads() if teacher.device == "cpu" and copied else 1
        size = teacher.batch_size
        if teacher.device == "cpu" and max(pictures.shape[2:]) > LARGE:
            size = TOGETHER_LARGE
        elif workers > 1:
            size = min(size, TOGETHER)
        batches = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        with evaluating(module):
            parts = list(side_by_side(answered, batches, workers))
        return np.maximum(as_logits(np.concatenate(parts), teacher.outputs), np.float32(floor))

    # of probabilities the methods would differentiate the wrong thing
    has = Capability.GRADIENTS in teacher.capabilities and teacher.outputs == "logits"
    return Examined(predict, module if has else None)


def _twin(module: nn.Module) -> nn.Module:
    """A copy of a network that shares its weights."""
    shared = (*module.parameters(), *module.buffers())
    return copy.deepcopy(module, {id(tensor): tensor for tensor in shared})


@contextmanager
def few_threads(size: tuple[int, ...], one_pass: float = 0.0) -> Iterator[None]:
    """Let torch and numpy have one thread inside, where pictures are small and passes quick.

    Their batches and students are done in milliseconds; a second thread gains little, and on busy
    cores, where threads wait for each other, an explanation took twenty times as long with it. A
    teacher whose pass takes longer keeps its threads, the students' arithmetic does not.

    Parameters
    ----------
    size
        Height and width of the pictures.
    one_pass
        What a picture takes the teacher, in seconds (``cost.seconds_of_pass``).
    """
    if max(size) > SMALL:
        yield
        return
    quick = one_pass <= QUICK
    before = torch.get_num_threads()
    with threadpool_limits(1, None if quick else "blas"):
        if quick:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
