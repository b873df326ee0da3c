"""Images changed as little as is allowed so that the teacher errs: projected gradient descent.

Madry et al., "Towards deep learning models resistant to adversarial attacks" (2018), equation 2
and section 2.1: from a random start within the ball, x <- clip(x + a sign(grad of the loss)).
Our ``epsilon`` is the radius of the ball (largest change of any pixel), ``step`` their alpha.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.axes import Images, Labels, Mask
from core.teachers.inference import evaluating
from core.teachers.preprocessing import Preprocessing, pixels
from core.teachers.sampling import chance

Pixels = Float[Tensor, "sample channel height width"]


@dataclass(frozen=True)
class Attack:
    """Settings of an attack.

    ``epsilon``  largest change of a pixel, in units of 0..1
    ``step``  change of a pixel in one iteration, same unit
    ``iterations``  number of steps
    ``random_start``  begin anywhere within the ball and not at the image
    """

    epsilon: float = 0.1
    step: float = 0.025
    iterations: int = 7
    random_start: bool = True

    def __post_init__(self) -> None:
        for name in ("epsilon", "step"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} of an attack must be 0..1, got {getattr(self, name)}")
        if self.iterations < 1:
            raise ValueError(f"iterations of an attack must be at least 1, got {self.iterations}")


def attacked(
    module: nn.Module,
    pixels: Pixels,
    labels: Int[Tensor, " sample"],
    attack: Attack,
    generator: torch.Generator,
    *,
    preprocessing: Preprocessing | None = None,
) -> Pixels:
    """Return images near the given ones that the module takes for something else, if it can be.

    Neither gradients nor running statistics of the module change.

    Parameters
    ----------
    module
        From inputs to logits.
    pixels
        Images in 0..1, on the module's device.
    labels
        What they show.
    attack
        How far and how long.
    generator
        Draws the start; on the CPU.
    preprocessing
        What the module expects beyond values in 0..1.
    """
    prepare = (preprocessing or Preprocessing()).normalized
    low = (pixels - attack.epsilon).clamp(min=0)
    high = (pixels + attack.epsilon).clamp(max=1)
    found = pixels
    if attack.random_start:
        drawn = torch.rand(pixels.shape, generator=generator).to(pixels.device) * 2 - 1
        found = torch.clamp(pixels + drawn * attack.epsilon, low, high)
    with evaluating(module), torch.enable_grad():
        for _ in range(attack.iterations):
            found = found.detach().requires_grad_()
            loss = cross_entropy(module(prepare(found)).float(), labels, reduction="sum")
            (slope,) = torch.autograd.grad(loss, found)
            found = torch.clamp(found.detach() + attack.step * slope.sign(), low, high)
    return found.detach()


def withstood(
    module: nn.Module,
    images: Images,
    labels: Labels,
    attack: Attack,
    *,
    seed: int = 0,
    preprocessing: Preprocessing | None = None,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
    progress: Callable[[int], object] | None = None,
) -> Mask:
    """Return for which images the module names the right class also under attack.

    The share is the adversarial accuracy.

    Parameters
    ----------
    module
        Already on the device.
    images, labels
        At least one.
    attack
        How far and how long.
    seed
        Of the random starts.
    preprocessing, batch_size, device, progress
        As in ``core.teachers.inference.predict``.
    """
    prepare = preprocessing or Preprocessing()
    right = np.zeros(len(images), bool)
    for number, start in enumerate(range(0, len(images), batch_size)):
        batch = slice(start, start + batch_size)
        target = torch.from_numpy(np.array(labels[batch], np.int64)).to(device)
        generator = chance(torch.Generator().manual_seed(seed), 0, number)
        changed = attacked(
            module,
            pixels(images[batch], device),
            target,
            attack,
            generator,
            preprocessing=preprocessing,
        )
        with evaluating(module), torch.inference_mode():
            logits = module(prepare.normalized(changed))
        right[batch] = (logits.argmax(1) == target).cpu().numpy()
        if progress is not None:
            progress(min(start + batch_size, len(images)))
    return right


def attacked_images(
    module: nn.Module,
    images: Images,
    labels: Labels,
    attack: Attack,
    *,
    seed: int = 0,
    preprocessing: Preprocessing | None = None,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
) -> Images:
    """Return the images under attack, rounded to bytes, so that any teacher can judge them.

    Parameters
    ----------
    module, images, labels, attack, seed, preprocessing, batch_size, device
        As in ``withstood``, whose starts they share.
    """
    found = np.empty_like(images)
    for number, start in enumerate(range(0, len(images), batch_size)):
        batch = slice(start, start + batch_size)
        changed = attacked(
            module,
            pixels(images[batch], device),
            torch.from_numpy(np.array(labels[batch], np.int64)).to(device),
            attack,
            chance(torch.Generator().manual_seed(seed), 0, number),
            preprocessing=preprocessing,
        )
        found[batch] = (changed * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return found
