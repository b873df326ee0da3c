import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from core import precision
from core.datasets import load
from core.teachers.checkpoints import restore, training_state, weights
from core.teachers.convnet import ConvNet
from core.teachers.inference import predict
from core.teachers.pgd import Attack, withstood
from core.teachers.training import (
    Training,
    learning_rate,
    make_optimizer,
    spans,
    together,
    train_epoch,
)

DATA = load("digits", limit=130)
IMAGES, LABELS = DATA.images, DATA.labels
SETTINGS = Training(epochs=4, batch_size=32, shift=1.0, rotation=10.0)


class Dropping(nn.Sequential):
    """Draws from torch's own generator in every pass."""

    def __init__(self):
        super().__init__(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 10))


def begin(
    settings: Training = SETTINGS, network: Callable[[], nn.Module] | None = None, seed: int = 0
):
    torch.manual_seed(seed)
    module = network() if network else ConvNet(1, 10, width=4)
    return module, make_optimizer(module, settings), torch.Generator().manual_seed(seed)


def train(run, epochs, settings: Training = SETTINGS):
    module, optimizer, generator = run
    return [
        train_epoch(module, optimizer, IMAGES, LABELS, generator, epoch=epoch, settings=settings)
        for epoch in epochs
    ]


def same(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("network", [None, Dropping])
def test_training_that_goes_on_from_a_checkpoint_ends_bit_for_bit_the_same(optimizer, network):
    settings = Training(epochs=4, batch_size=32, optimizer=optimizer, shift=1.0)
    whole = begin(settings, network)
    results = train(whole, range(4), settings)

    before = begin(settings, network)
    train(before, range(2), settings)
    kept = training_state(*before)
    after = begin(settings, network, seed=5)
    restore(*after, kept)
    torch.manual_seed(99)  # whatever else has drawn meanwhile
    assert train(after, range(2, 4), settings) == results[2:]
    assert same(training_state(*after), training_state(*whole))


HARD = {
    "plain": Training(epochs=3, batch_size=32, shift=1.0),
    "deep": Training(
        epochs=3,
        batch_size=32,
        optimizer="sgd",
        learning_rate=0.05,
        crop=1,
        flip=True,
        memory_format="channels_last",
        precision="bfloat16",
    ),
    "attacked": Training(epochs=3, batch_size=32, attack=Attack(iterations=2)),
    "balanced": Training(epochs=3, batch_size=32, balanced=True),
}


@pytest.mark.parametrize("kind", HARD)
def test_checkpoints_within_epochs_leave_training_as_it_is_without_them(kind, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: True)
    settings = HARD[kind]
    whole = begin(settings)
    train(whole, range(3), settings)

    run, before = begin(settings), 0.0
    for moment in (0.25, 0.5, 1.75, 3.0):
        for epoch, span in spans(before, moment):
            module, optimizer, generator = run
            train_epoch(
                module, optimizer, IMAGES, LABELS, generator,
                epoch=epoch, settings=settings, span=span,
            )  # fmt: skip
        after = begin(settings, seed=5)  # as a stage does: new objects, then the state
        restore(*after, training_state(*run))
        run, before = after, moment
    assert same(training_state(*run), training_state(*whole))


def test_parts_of_an_epoch_add_up_to_it():
    settings = Training(epochs=2, batch_size=32)
    whole = train(begin(settings), range(1), settings)[0]
    module, optimizer, generator = begin(settings)
    parts = [
        train_epoch(
            module, optimizer, IMAGES, LABELS, generator, epoch=0, settings=settings, span=span
        )
        for _, span in spans(0.0, 0.4) + spans(0.4, 1.0)
    ]
    assert [part.images for part in parts] == [64, 66]
    joined = together(parts)
    assert (joined.steps, joined.images) == (whole.steps, whole.images) == (5, 130)
    assert joined.loss == pytest.approx(whole.loss)
    assert joined.accuracy == pytest.approx(whole.accuracy)
    assert joined.learning_rate == whole.learning_rate


def test_spans_lead_from_checkpoint_to_checkpoint():
    assert spans(0.0, 1.0) == [(0, (0.0, 1.0))]
    assert spans(1.75, 3.5) == [(1, (0.75, 1.0)), (2, (0.0, 1.0)), (3, (0.0, 0.5))]
    assert spans(2.0, 2.5) == [(2, (0.0, 0.5))]
    with pytest.raises(ValueError, match=r"must follow each other, got 2.0 and then 2.0"):
        spans(2.0, 2.0)


def test_a_span_without_a_step_is_refused():
    module, optimizer, generator = begin()
    with pytest.raises(ValueError, match=r"one of 5 steps or more, got \(0.4, 0.45\)"):
        train_epoch(
            module, optimizer, IMAGES, LABELS, generator,
            epoch=0, settings=SETTINGS, span=(0.4, 0.45),
        )  # fmt: skip


def test_half_precision_trains_nearly_as_float32_and_keeps_float32_weights(monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: True)
    losses = []
    for kind in ("float32", "bfloat16"):
        settings = Training(epochs=2, batch_size=32, precision=kind, memory_format="channels_last")
        run = begin(settings)
        losses.append(train(run, range(2), settings)[-1].loss)
        assert all(value.dtype == torch.float32 for value in run[0].parameters())
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_a_processor_without_bfloat16_trains_in_float32(monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: False)
    runs = []
    for kind in ("float32", "bfloat16"):
        settings = Training(epochs=1, batch_size=32, precision=kind)
        runs.append(begin(settings))
        train(runs[-1], range(1), settings)
    assert same(weights(runs[0][0]), weights(runs[1][0]))


def test_training_on_attacked_images_makes_the_network_withstand_more():
    attack = Attack(epsilon=0.15, step=0.05, iterations=4)
    shares, losses = [], []
    for met in (None, attack):
        settings = Training(epochs=8, batch_size=16, attack=met)
        run = begin(settings, lambda: ConvNet(1, 10, width=8))
        losses.append(train(run, range(8), settings)[-1].loss)
        shares.append(withstood(run[0], IMAGES, LABELS, attack).mean())
    assert losses[1] > losses[0]
    assert shares[1] > shares[0] + 0.1


def test_the_objective_can_be_another():
    def doubled(module, inputs, target):
        logits = module(inputs)
        return 2 * cross_entropy(logits, target), logits

    usual, twice = begin(), begin()
    expected = train(usual, range(1))[0].loss
    module, optimizer, generator = twice
    slow = Training(epochs=4, batch_size=130, learning_rate=1e-9)
    once = train_epoch(*begin()[:2], IMAGES, LABELS, generator, epoch=0, settings=slow).loss
    found = train_epoch(
        module, optimizer, IMAGES, LABELS, generator, epoch=0, settings=slow, objective=doubled
    )
    assert found.loss == pytest.approx(2 * once, rel=1e-5)
    assert expected != found.loss


def test_training_repeats_with_its_seed_and_differs_with_another():
    runs = [begin(seed=seed) for seed in (1, 1, 2)]
    for run in runs:
        train(run, range(1))
    first, again, other = (weights(run[0]) for run in runs)
    assert same(first, again)
    assert not same(first, other)


def test_the_small_network_learns_the_digits():
    digits = load("digits", limit=600)
    train_rows, test_rows = digits.rows("train"), digits.rows("test")
    settings = Training(epochs=6, batch_size=16)
    module, optimizer, generator = begin(settings, lambda: ConvNet(1, 10, width=8))
    losses = [
        train_epoch(
            module,
            optimizer,
            digits.images[train_rows],
            digits.labels[train_rows],
            generator,
            epoch=epoch,
            settings=settings,
        ).loss
        for epoch in range(6)
    ]
    predicted = predict(module, digits.images[test_rows]).logits.argmax(1)
    assert losses[-1] < losses[0] / 5
    assert (predicted == digits.labels[test_rows]).mean() > 0.93


def test_an_epoch_tells_how_it_went():
    counts = []
    module, optimizer, generator = begin()
    result = train_epoch(
        module,
        optimizer,
        IMAGES,
        LABELS,
        generator,
        epoch=1,
        settings=SETTINGS,
        progress=counts.append,
    )
    assert counts == [32, 64, 96, 128, 130]
    assert result.steps == 5
    assert result.learning_rate == learning_rate(SETTINGS, 1 + 4 / 5)
    assert optimizer.param_groups[0]["lr"] == result.learning_rate
    assert 0 < result.loss < 10
    assert 0 <= result.accuracy <= 1


def test_a_last_batch_of_one_joins_the_one_before():
    settings = Training(epochs=1, batch_size=43)  # 130 = 3 x 43 + 1
    assert train(begin(settings), range(1), settings)[0].steps == 3


def test_torch_is_left_as_it_was_found():
    deterministic = torch.are_deterministic_algorithms_enabled()
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(begin_without_touching_the_seed(), range(1))
    assert torch.are_deterministic_algorithms_enabled() == deterministic
    assert torch.equal(torch.rand(3), expected)


def begin_without_touching_the_seed():
    with torch.random.fork_rng():
        return begin()


def test_the_rate_rises_and_then_falls_to_zero():
    settings = Training(epochs=10, learning_rate=0.1, warmup=2.0)
    assert learning_rate(settings, 0.0) < 0.001
    assert learning_rate(settings, 1.0) == pytest.approx(0.05)
    assert learning_rate(settings, 2.0) == pytest.approx(0.1)
    assert learning_rate(settings, 6.0) == pytest.approx(0.05)
    assert learning_rate(settings, 10.0) == pytest.approx(0)
    assert learning_rate(settings, 12.0) == pytest.approx(0)


def test_the_rate_falls_in_steps():
    settings = Training(epochs=8, learning_rate=0.1, warmup=0.0, schedule="step")
    rates = [learning_rate(settings, epoch) for epoch in (0.0, 3.9, 4.0, 5.9, 6.0, 8.0)]
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_the_rate_can_stay():
    settings = Training(learning_rate=0.1, warmup=0.0, schedule="constant")
    assert {learning_rate(settings, epoch) for epoch in (0.0, 7.0, 15.0)} == {0.1}


def test_too_few_images_are_refused():
    module, optimizer, generator = begin()
    with pytest.raises(ValueError, match="training needs at least two images, got 1"):
        train_epoch(
            module, optimizer, IMAGES[:1], LABELS[:1], generator, epoch=0, settings=SETTINGS
        )


def test_a_loss_that_explodes_says_what_to_do():
    settings = Training(epochs=1, learning_rate=1e30, optimizer="sgd", warmup=0.0)
    with pytest.raises(ValueError, match=r"loss of epoch 0 is .*: lower the learning rate, now 1e"):
        train(begin(settings), range(1), settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("batch_size", 0), ("learning_rate", 0.0), ("learning_rate", math.nan)]
    + [(name, -1.0) for name in ("momentum", "weight_decay", "warmup", "shift", "rotation")]
    + [("crop", -1)],
)
def test_impossible_settings_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must .*, got {value}"):
        Training(**{name: value})
