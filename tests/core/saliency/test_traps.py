import pytest
import torch
from captum.attr import LRP, GuidedBackprop, Saliency
from torch import nn
from torch.nn import functional

from core.saliency.traps import traps

EXAMPLE = torch.rand(1, 1, 6, 6)


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3)
        self.head = nn.Linear(8, 2)

    def forward(self, pictures):
        features = functional.relu(self.first(pictures))
        features = self.second(features).relu()
        return self.head(torch.flatten(features, 1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 3, padding=1)
        self.relu, self.flatten, self.head = nn.ReLU(), nn.Flatten(), nn.Linear(36, 2)

    def forward(self, pictures):
        features = self.relu(self.first(pictures))
        features = self.relu(self.second(features) + features)
        return self.head(self.flatten(features))


def clean():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3), nn.ReLU())


def test_functional_relus_are_counted_and_named():
    found = traps(Functional(), EXAMPLE)
    assert found.functional_relus == 2
    assert found.guided_backprop is not None
    assert "nn.ReLU" in found.guided_backprop


def test_a_network_of_modules_has_no_traps():
    found = traps(clean(), EXAMPLE)
    assert found.guided_backprop is None
    assert found.relevance_propagation is None


def test_flatten_residual_additions_and_repeated_modules_are_named():
    found = traps(Residual(), EXAMPLE)
    assert found.flatten_modules == ("flatten",)
    assert found.functional_additions == 1
    assert found.repeated_modules == ("relu",)
    assert found.functional_relus == 0
    reason = found.relevance_propagation
    assert reason is not None
    assert "nn.Flatten (flatten)" in reason
    assert "added (1 here)" in reason


def test_a_module_is_left_in_training_mode():
    module = Residual().train()
    traps(module, EXAMPLE)
    assert module.training


# captum announces its hooks on ReLU modules, of which there are none here
@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU")
def test_the_trap_is_real_guided_backprop_of_functional_relus_is_the_plain_gradient():
    torch.manual_seed(0)
    module = Functional().eval()
    guided = GuidedBackprop(module).attribute(EXAMPLE.clone().requires_grad_(), target=0)
    plain = Saliency(module).attribute(EXAMPLE.clone().requires_grad_(), target=0, abs=False)
    torch.testing.assert_close(guided, plain)


def test_layers_that_captums_propagation_does_not_know_are_named():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.LeakyReLU(), nn.Conv2d(2, 2, 3))
    found = traps(module, EXAMPLE)
    assert found.layers_without_rule == ("1 (LeakyReLU)",)
    assert "1 (LeakyReLU)" in str(found.relevance_propagation)
    with pytest.raises(TypeError, match="LeakyReLU"):  # captum's own words, for those who ask it
        LRP(module.eval()).attribute(EXAMPLE, target=(0, 0, 0))
