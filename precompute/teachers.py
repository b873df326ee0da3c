"""A study's teacher as a torch module."""

import torch
from torch import nn

from core.teachers.architectures import architecture
from precompute.settings import Study


def module_for(study: Study, in_channels: int, classes: int) -> nn.Module:
    """The study's architecture with weights drawn from the study's seed.

    Also fixes torch's threads: results repeat bit for bit only at a fixed number of them.
    """
    torch.set_num_threads(study.threads)
    with torch.random.fork_rng():
        torch.manual_seed(study.seed)
        return architecture(
            study.teacher.architecture, in_channels, classes, width=study.teacher.width
        )
