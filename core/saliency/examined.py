"""A study's teacher as saliency methods and explainers see it: pictures in 0..1 to logits.

A torch module reads pictures as they are. Any other teacher reads images: pictures are rounded to
the 256 values that an image has, and a probability of zero, whose logarithm would be minus
infinity, counts as ``FLOOR`` (a forest says 0 where no tree voted).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from core.saliency.method import Examined, Logits, Pictures
from core.side_by_side import side_by_side
from core.teachers.inference import TorchTeacher, as_logits, evaluating, in_format
from core.teachers.preprocessing import Normalized
from core.teachers.protocol import Capability, Teacher

FLOOR = 1e-4
SMALL = 32  # longest side of a picture up to which one thread is enough
LARGE = 64  # longest side beyond which each thread of a CPU has pictures of its own
TOGETHER = 2  # of those at once: what a core's caches hold


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

    def answered(batch: Pictures) -> Logits:
        batch = np.ascontiguousarray(batch)
        inputs = torch.from_numpy(batch if batch.flags.writeable else batch.copy())
        with torch.inference_mode():
            output = module(in_format(inputs.to(teacher.device), teacher.memory_format))
        return output.float().cpu().numpy()

    def predict(pictures: Pictures) -> Logits:
        workers = torch.get_num_threads()
        large = max(pictures.shape[2:]) > LARGE and teacher.device == "cpu"
        size = TOGETHER if large else teacher.batch_size
        batches = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        with evaluating(module):
            parts = list(side_by_side(answered, batches, workers if large else 1))
        return np.maximum(as_logits(np.concatenate(parts), teacher.outputs), np.float32(floor))

    # of probabilities the methods would differentiate the wrong thing
    has = Capability.GRADIENTS in teacher.capabilities and teacher.outputs == "logits"
    return Examined(predict, module if has else None)


@contextmanager
def few_threads(size: tuple[int, ...]) -> Iterator[None]:
    """Let torch and numpy have one thread inside, where pictures of that size are small.

    Their batches and students are done in milliseconds; a second thread gains little, and on busy
    cores, where threads wait for each other, an explanation took twenty times as long with it.
    """
    before = torch.get_num_threads()
    if max(size) > SMALL:
        yield
        return
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
