"""Loading and predicting: a stored teacher over stored images, against a bare torch loop.

Ours maps the images' file, reads the weights' file and predicts, logits and representations, as
the stage ``predictions`` does. The reference gets tensors and a network that are in memory already
and runs the network over them in the same batches. Both are run in turns, and the least wall time
of each is kept.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from core.teachers.architectures import architecture, preprocessing_of
from core.teachers.checkpoints import load_weights, weights
from core.teachers.inference import predict
from precompute.bench import Row

BATCH = 512
TURNS = 5
# architecture, images, side, channels
CASES = (
    ("convnet", 20_000, 8, 1),
    ("lenet", 10_000, 28, 1),
    ("resnet20", 1_000, 32, 3),
    ("resnet18", 1_000, 28, 1),
    ("squeezenet1_1", 64, 224, 3),
)


def run() -> list[Row]:
    """A row for each network; the ratio is to be 0.8 or more."""
    return [_case(*case) for case in CASES]


def _case(name: str, count: int, side: int, channels: int) -> Row:
    generator = np.random.default_rng(0)
    prepare = preprocessing_of(name, channels)

    def network() -> torch.nn.Module:
        return architecture(name, channels, 10, size=(side, side))

    torch.manual_seed(0)
    kept = network().eval()
    with tempfile.TemporaryDirectory() as folder:
        images_file, weights_file = Path(folder) / "images.npy", Path(folder) / "w.safetensors"
        images = generator.integers(0, 256, (count, side, side, channels), np.uint8)
        np.save(images_file, images)
        save_file(weights(kept), weights_file)
        tensors = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()

        def ours() -> np.ndarray:
            module = network()
            load_weights(module, load_file(weights_file))
            mapped = np.load(images_file, mmap_mode="r")
            return predict(module, mapped, preprocessing=prepare, batch_size=BATCH).logits

        mean, std = (
            torch.tensor(values).reshape(1, -1, 1, 1) for values in (prepare.mean, prepare.std)
        )

        def bare() -> np.ndarray:
            parts = []
            with torch.inference_mode():
                for batch in tensors.split(BATCH):
                    parts.append(kept((batch.float() / 255 - mean) / std))
            return torch.cat(parts).numpy()

        agrees = bool(np.allclose(ours(), bare(), rtol=1e-3, atol=1e-4))
        seconds = [(_seconds(ours), _seconds(bare)) for _ in range(TURNS)]
    mine, reference = (min(column) for column in zip(*seconds, strict=True))
    return Row(
        name=f"load and predict, {name}",
        ours_seconds=mine,
        reference="bare torch loop over tensors in memory",
        reference_seconds=reference,
        ratio=reference / mine,
        agrees=agrees,
        size=f"{count} images of {side} x {side} x {channels}",
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
