import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from core.datasets import load
from core.teachers.convnet import ConvNet
from core.teachers.inference import predict
from core.teachers.pgd import Attack, attacked, attacked_images, withstood
from core.teachers.preprocessing import Preprocessing
from core.teachers.training import Training, make_optimizer, train_epoch

LABELS = torch.tensor([0, 2, 1])


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def pictures(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 1, 3, 4, generator=torch.Generator().manual_seed(1)).double()


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(2)


def literal(module, x, y, attack, start, mean=0.0, std=1.0):
    """Madry's iteration, image by image and pixel by pixel."""
    results = []
    for image, label, begin in zip(x, y, start, strict=True):
        adversarial = image + begin
        adversarial = torch.tensor(
            [min(max(float(v), 0.0), 1.0) for v in adversarial.flatten()], dtype=torch.float64
        ).reshape(image.shape)
        for _ in range(attack.iterations):
            point = adversarial.clone().requires_grad_()
            loss = cross_entropy(module((point[None] - mean) / std), label[None])
            (slopes,) = torch.autograd.grad(loss, point)
            moved = []
            for value, slope, centre in zip(
                adversarial.flatten(), slopes.flatten(), image.flatten(), strict=True
            ):
                value = float(value) + attack.step * float(np.sign(float(slope)))
                value = max(
                    min(value, float(centre) + attack.epsilon), float(centre) - attack.epsilon
                )
                moved.append(min(max(value, 0.0), 1.0))
            adversarial = torch.tensor(moved, dtype=torch.float64).reshape(image.shape)
        results.append(adversarial)
    return torch.stack(results)


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("prepare", [Preprocessing(), Preprocessing((0.4,), (0.3,))])
def test_the_attack_is_the_literal_iteration(random_start, prepare):
    attack = Attack(epsilon=0.2, step=0.07, iterations=5, random_start=random_start)
    module, x = network(), pictures()
    start = torch.zeros_like(x)
    if random_start:
        drawn = torch.rand(x.shape, generator=seeded())
        start = ((drawn * 2 - 1) * attack.epsilon).double()
    expected = literal(module, x, LABELS, attack, start, prepare.mean[0], prepare.std[0])
    found = attacked(module, x, LABELS, attack, seeded(), preprocessing=prepare)
    assert torch.allclose(found, expected, atol=1e-7)


def test_an_attack_stays_within_the_ball_and_within_what_a_pixel_can_be():
    x = pictures()
    found = attacked(network(), x, LABELS, Attack(epsilon=0.3, step=0.2), seeded())
    assert (found - x).abs().max() <= 0.3 + 1e-12
    assert found.min() >= 0
    assert found.max() <= 1
    assert (found - x).abs().max() > 0.29


def test_an_attack_of_no_size_changes_nothing():
    x = pictures()
    assert torch.equal(attacked(network(), x, LABELS, Attack(epsilon=0.0), seeded()), x)


def test_an_attack_raises_the_loss():
    module, x = network(), pictures()
    found = attacked(module, x, LABELS, Attack(epsilon=0.2), seeded())
    assert cross_entropy(module(found), LABELS) > cross_entropy(module(x), LABELS)


def test_an_attack_leaves_gradients_statistics_and_modes_alone():
    torch.manual_seed(0)
    module = ConvNet(1, 3, 4).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    attacked(module, torch.rand(3, 1, 8, 8), LABELS, Attack(), seeded())
    assert module.training
    assert all(parameter.grad is None for parameter in module.parameters())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_adversarial_accuracy_falls_with_the_attack_and_repeats():
    data = load("digits", limit=200)
    settings = Training(epochs=4, batch_size=32)
    torch.manual_seed(0)
    module = ConvNet(1, 10, width=4)
    optimizer, generator = make_optimizer(module, settings), torch.Generator().manual_seed(0)
    for epoch in range(4):
        train_epoch(
            module, optimizer, data.images, data.labels, generator, epoch=epoch, settings=settings
        )
    right = predict(module, data.images).logits.argmax(1) == data.labels
    shares = [
        withstood(module, data.images, data.labels, Attack(epsilon=size), batch_size=64).mean()
        for size in (0.0, 0.05, 0.3)
    ]
    assert shares[0] == right.mean()
    assert shares[0] > shares[1] > shares[2]
    counts = []
    first, again = (
        withstood(module, data.images[:9], data.labels[:9], Attack(), batch_size=4, progress=note)
        for note in (counts.append, None)
    )
    np.testing.assert_array_equal(first, again)
    assert counts == [4, 8, 9]


@pytest.mark.parametrize(
    ("name", "value"), [("epsilon", -0.1), ("epsilon", 8.0), ("step", 2.0), ("iterations", 0)]
)
def test_impossible_attacks_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} of an attack must be .*, got {value}"):
        Attack(**{name: value})


def test_attacked_images_are_bytes_within_the_ball_and_do_not_depend_on_the_batch():
    module = network().float()
    images = (pictures(6) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    labels = np.zeros(6, np.int64)
    attack = Attack(epsilon=0.1, random_start=False)
    found = attacked_images(module, images, labels, attack, batch_size=4)
    assert found.shape == images.shape
    assert found.dtype == np.uint8
    off = np.abs(found.astype(int) - images.astype(int))
    assert 0 < off.max() <= 26  # a tenth of 255, rounded
    assert (found == attacked_images(module, images, labels, attack)).all()
