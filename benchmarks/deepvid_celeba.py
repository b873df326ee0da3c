"""DeepVID at 64 x 64 in colour: seconds of one explanation, and of the decoder in plain numpy.

CelebA's images, VGG-16 with batch norm and the convolutional generator of 100 dimensions, both with
random weights, which cost as much as trained ones. Needs DARKROOM_DATA (``celeba``).
"""

import numpy as np
import torch

from benchmarks.deepvid_mnist import seconds_of
from core.datasets.sources import load
from core.deepvid.explanation import explained, recipe_for
from core.generators.decoder_numpy import dfc_vae_decoder
from core.generators.dfc_vae import DFCVAE
from core.generators.generator import as_pictures, survey
from core.saliency.examined import examined
from core.teachers.architectures import architecture
from core.teachers.inference import TorchTeacher
from precompute.bench import Row

SHAPE, CLASSES, IMAGES = (3, 64, 64), 8, 3
WIDTHS = (16, 64)  # the study's default of VGG-16's first layer, and the paper's


def run() -> list[Row]:
    """Seconds of the paper's preset and of ours, against the paper's laptop; the decoder's."""
    torch.manual_seed(0)
    generator = DFCVAE(SHAPE).eval()
    decode = dfc_vae_decoder({key: value.numpy() for key, value in generator.state_dict().items()})
    data = load("celeba", limit=200, seed=0)
    space = survey(generator, data.images)
    pictures = as_pictures(data.images[:IMAGES])
    codes = generator.encode(pictures)
    rows = []
    for width in WIDTHS:
        module = architecture("vgg16_bn", 3, CLASSES, width=width)
        teacher = examined(TorchTeacher(module, CLASSES, memory_format="channels_last"))
        for teaching, what in (("student", "512 neighbours"), ("hybrid", "hybrid (default)")):
            recipe = recipe_for(SHAPE, "student" if teaching == "student" else "hybrid", latent=100)
            seconds = seconds_of(
                lambda i, recipe=recipe, teacher=teacher: explained(
                    pictures[i], codes[i], decode, space, teacher.logits, recipe
                ),
                range(IMAGES),
            )
            rows.append(
                Row(
                    name=f"{what}, VGG-16 of width {width}, student", ours_seconds=seconds,
                    reference="figure of the paper's own laptop (section 9)",
                    reference_seconds=19.0, ratio=19.0 / seconds, agrees=None,
                    size=f"64 x 64, one image; median of {IMAGES}, {torch.get_num_threads()} "
                    "thread(s)",
                )
            )  # fmt: skip
    drawn = np.random.default_rng(0).normal(size=(128, generator.latent)).astype(np.float32)
    ours = seconds_of(lambda _: decode(drawn), range(3))
    theirs = seconds_of(lambda _: generator.decode(drawn), range(3))
    distance = float(np.abs(decode(drawn) - generator.decode(drawn)).max())
    rows.append(
        Row(
            name="128 codes to pictures, numpy", ours_seconds=ours,
            reference="the torch module", reference_seconds=theirs, ratio=theirs / ours,
            agrees=distance < 1e-5, size=f"64 x 64, 100-d, largest difference {distance:.1e}",
        )
    )  # fmt: skip
    return rows
