"""SmoothGrad: the gradient's mean over noisy copies of the picture.

Source: Smilkov et al., "SmoothGrad: removing noise by adding noise" (2017), section 3. Our
``noise`` is their sigma over (x_max - x_min); 0.15 and 50 copies are theirs. captum's noise tunnel
draws from torch's own generator, so that a map would depend on its batch: the noise here is each
picture's.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.saliency.gradient import Gradient, Output
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, generator_for
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class SmoothGrad:
    """The signed derivative's mean over ``copies`` noisy copies, channels added."""

    name: ClassVar[str] = "smooth_grad"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    copies: int = 50
    noise: float = 0.15
    output: Output = "logit"

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return the maps; see ``Method``."""
        if self.copies < 1:
            raise ValueError(f"copies must be at least 1, got {self.copies}")
        if not self.noise >= 0:
            raise ValueError(f"noise must not be negative, got {self.noise}")
        gradient = Gradient(self.output)
        maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
        for number, picture in enumerate(pictures):
            random = generator_for(seed, picture)
            drawn = random.standard_normal((self.copies, *picture.shape), np.float32)
            noisy = picture + np.float32(self.noise * np.ptp(picture)) * drawn
            found = gradient.maps(
                teacher, noisy, np.full(self.copies, targets[number]), batch_size=batch_size
            )
            maps[number] = found.mean(axis=0)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps
