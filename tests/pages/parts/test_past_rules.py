import numpy as np
import pytest

from pages.parts.past import Past, checked_past, members_past
from pages.parts.past_rules import parsed_past, written_past
from pages.parts.selection import RuleError, parsed, written

#                         0      1      2      3
CORRECT = np.array([
    [True, False, False, True],
    [True, False, True, False],
    [False, False, True, True],
])  # fmt: skip


@pytest.fixture
def seen():
    return Past(
        epochs=[0.5, 1.0, 1.5],
        correct=lambda: CORRECT,
        happened=lambda kind, epoch: np.array([3, 0]),
        rounds=lambda: {"random": [1, 2]},
        entered=lambda strategy, number: np.array([2]),
    )


@pytest.mark.parametrize(
    "text",
    ["forgotten~0.5~1.5", "never", "late~1", "event~jump~2.5", "round~core_set~3"],
)
def test_a_rule_reads_as_it_was_written(text):
    assert written_past(parsed_past(text)) == text
    assert written(parsed(text)) == text


@pytest.mark.parametrize(
    "text",
    ["forgotten~2~1", "forgotten~1", "forgotten~nan~2", "never~1", "late~", "late~-1",
     "event~flip", "event~fly~2", "round~~2", "round~random~x"],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_one_line(text):
    with pytest.raises(RuleError, match="expected"):
        parsed(text)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("forgotten~0.5~1.5", [0]),
        ("forgotten~0.5~1", [3]),
        ("never", [1]),
        ("late~1", [3, 2]),  # the latest first
        ("late~1.5", [3]),
        ("event~flip~1", [3, 0]),
        ("round~random~2", [2]),
    ],
)
def test_each_rule_finds_its_members(seen, rule, expected):
    rule = parsed_past(rule)
    checked_past(rule, seen)
    assert members_past(rule, seen, np.ones(4, bool)).tolist() == expected


def test_only_shown_samples_belong(seen):
    shown = np.array([True, True, True, False])
    assert members_past(parsed_past("event~flip~1"), seen, shown).tolist() == [0]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("forgotten~0.5~9", "the checkpoints are 0.5, 1, 1.5 to 1.5, got 9"),
        ("late~9", "the checkpoints are"),
        ("event~flip~9", "the checkpoints are"),
        ("round~entropy~2", "the strategies are random; got 'entropy'"),
        ("round~random~9", "the rounds are 1 to 2, got 9"),
    ],
)
def test_a_rule_about_what_the_study_lacks_is_refused(seen, rule, why):
    with pytest.raises(ValueError, match=why):
        checked_past(parsed_past(rule), seen)


def test_a_study_without_checkpoints_has_no_past():
    with pytest.raises(ValueError, match="no checkpoints"):
        checked_past(parsed_past("never"), None)
