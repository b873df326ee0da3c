import numpy as np
import pytest
import torch
from captum.metrics import sensitivity_max
from scipy.stats import spearmanr
from torch import nn

from core.saliency.controls import CenterBlob, Edges
from core.saliency.gradient import Gradient
from core.saliency.method import Examined, explain, generator_for
from core.saliency.sanity import randomization_correlation, redrawn, spearman
from core.saliency.sensitivity import max_sensitivity

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.random((3, 1, 8, 8)).astype(np.float32)
TARGETS = np.array([0, 1, 2])


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)
    ).eval()


def white(module):
    def predict(pictures):
        with torch.inference_mode():
            return module(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()

    return Examined(predict, module)


def correlation(method, **options):
    maps = explain(method, white(network()), PICTURES, TARGETS).maps
    return randomization_correlation(method, white(network()), PICTURES, TARGETS, maps, **options)


def sensitivity(method, module, **options):
    teacher = white(module)
    maps = explain(method, teacher, PICTURES, TARGETS).maps
    return max_sensitivity(method, teacher, PICTURES, TARGETS, maps, **options)


@pytest.mark.parametrize("method", [Edges(), CenterBlob()], ids=lambda method: method.name)
def test_what_knows_nothing_of_the_teacher_stays_when_it_forgets(method):
    np.testing.assert_allclose(correlation(method), np.ones(3))


def test_the_gradient_changes_when_the_teacher_forgets():
    # seed 1: the network was itself drawn with seed 0
    assert correlation(Gradient(), seed=1).max() < 0.7


def test_every_weight_is_drawn_anew_and_the_teacher_keeps_its_own():
    module = network()
    with torch.no_grad():
        module.state_dict()["1.running_mean"].fill_(3.0)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    other = redrawn(white(module), seed=1).module
    for name, value in module.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    now = other.state_dict()
    assert not torch.equal(now["0.weight"], before["0.weight"])
    assert not torch.equal(now["4.weight"], before["4.weight"])
    assert (now["1.running_mean"] == 0).all()


def test_the_draw_repeats_and_leaves_torchs_generator_alone():
    teacher = white(network())
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    one, two, other = (redrawn(teacher, seed).logits(PICTURES) for seed in (3, 3, 4))
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_rank_correlation_is_scipys_and_zero_for_a_constant_map():
    one, two = np.round(RANDOM.random((2, 6, 6)), 1)
    expected = float(spearmanr(one.ravel(), two.ravel())[0])  # pyright: ignore[reportArgumentType]
    assert spearman(one, two) == pytest.approx(expected)
    assert spearman(one, 0 * two) == 0


def test_a_teacher_that_cannot_be_drawn_anew_is_refused():
    with pytest.raises(ValueError, match="needs a teacher with a module"):
        redrawn(Examined(white(network()).predict))

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))

    with pytest.raises(ValueError, match="Own"):
        redrawn(white(nn.Sequential(nn.Flatten(), nn.Linear(64, 3), Own())))


def test_the_gradient_of_a_linear_teacher_is_not_sensitive():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(64, 3)).eval()
    np.testing.assert_allclose(sensitivity(Gradient(), linear), 0, atol=1e-6)


def test_sensitivity_is_captums_on_the_same_perturbations():
    module = network()
    ours = sensitivity(Gradient(), module, draws=4, seed=5)
    teacher = white(module)
    for i in range(3):
        source = generator_for(5, PICTURES[i])

        theirs = sensitivity_max(
            lambda x, i=i: _maps(teacher, x, TARGETS[i : i + 1]),
            torch.from_numpy(PICTURES[i : i + 1]),
            perturb_func=lambda x, _, source=source: _moved(x, source),
            n_perturb_samples=4,
            max_examples_per_batch=1,
        )
        assert ours[i] == pytest.approx(float(theirs), rel=1e-4)


def _maps(teacher, x, targets):
    (picture,) = x if isinstance(x, tuple) else (x,)
    return torch.from_numpy(explain(Gradient(), teacher, picture.numpy(), targets).maps)[:, None]


def _moved(x, source):
    (picture,) = x if isinstance(x, tuple) else (x,)
    noise = source.uniform(-0.02, 0.02, picture.shape[1:]).astype(np.float32)
    return (picture + torch.from_numpy(noise),)


def test_more_draws_never_lower_the_maximum():
    few = sensitivity(Gradient(), network(), draws=2)
    assert (sensitivity(Gradient(), network(), draws=6) >= few).all()


def test_a_map_of_zeros_has_no_relative_change():
    found = max_sensitivity(
        Gradient(), white(network()), PICTURES, TARGETS, np.zeros((3, 8, 8), np.float32), draws=1
    )
    assert np.isnan(found).all()


@pytest.mark.parametrize("options", [{"draws": 0}, {"radius": 0.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        sensitivity(Gradient(), network(), **options)
