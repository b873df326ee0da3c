import numpy as np
import torch

from core.teachers.sampling import chance, epoch_order

LABELS = np.repeat([0, 1, 2], [90, 8, 2])


def drawn(*arguments, seed: int = 0, used: bool = False):
    generator = torch.Generator().manual_seed(seed)
    if used:
        torch.rand(7, generator=generator)
    return torch.rand(4, generator=chance(generator, *arguments)).tolist()


def test_every_image_is_met_once():
    order = epoch_order(LABELS, torch.Generator().manual_seed(0))
    assert sorted(order.tolist()) == list(range(100))
    assert order.tolist() != list(range(100))


def test_balanced_sampling_meets_rare_classes_as_often_as_common_ones():
    order = epoch_order(LABELS, torch.Generator().manual_seed(0), balanced=True).numpy()
    assert len(order) == 100
    assert sorted(np.bincount(LABELS[order]).tolist()) == [33, 33, 34]
    times = np.bincount(order, minlength=100)
    assert times[:90].max() == 1  # common images at most once
    assert set(times[90:98]) <= {4, 5}  # a class comes round before one of its images comes again
    assert set(times[98:]) <= {16, 17}


def test_balanced_sampling_of_equal_classes_meets_every_image_once():
    order = epoch_order(np.arange(12) % 3, torch.Generator().manual_seed(0), balanced=True)
    assert sorted(order.tolist()) == list(range(12))


def test_balanced_sampling_with_more_classes_than_images_in_a_share():
    order = epoch_order(np.array([0, 5]), torch.Generator().manual_seed(0), balanced=True)
    assert sorted(order.tolist()) == [0, 1]


def test_chance_depends_on_seed_epoch_and_step_and_on_nothing_else():
    assert drawn(1, 2) == drawn(1, 2, used=True)
    different = [drawn(1, 2), drawn(1, 3), drawn(2, 2), drawn(1), drawn(1, 2, seed=1)]
    assert len({tuple(values) for values in different}) == 5


def test_a_restored_generator_has_its_seed():
    kept = torch.Generator().manual_seed(3)
    other = torch.Generator().manual_seed(4)
    other.set_state(kept.get_state())
    first, again = (torch.rand(3, generator=chance(which, 0)) for which in (kept, other))
    assert torch.equal(first, again)
