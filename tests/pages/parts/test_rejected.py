"""The rule of a threshold on a confidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.parts.membership import Evidence, checked, members
from pages.parts.selection import MEASURES, Rejected, RuleError, parsed, written
from pages.parts.wording import rule_words

ENTROPY = np.array([0.1, 0.7, 0.3, 0.9], np.float32)
CONFIDENCE = np.array([0.9, 0.6, 0.8, 0.5], np.float32)
DENSITY = np.array([0.2, 0.4, 0.1, 0.3], np.float32)


def evidence(density: np.ndarray | None = DENSITY):
    return Evidence(
        classes=2,
        present=np.array([0, 1]),
        label=np.zeros(4, np.int32),
        flipped=np.zeros(4, bool),
        predicted=np.zeros(4, np.int32),
        confidence=CONFIDENCE,
        entropy=ENTROPY,
        is_test=np.array([False, True, True, True]),
        methods=[],
        positions=lambda method: np.zeros((4, 2), np.float32),
        saved=dict,
        density=lambda: density,
    )


@pytest.mark.parametrize(
    ("rule", "split", "expected"),
    [
        ("rejected~entropy~0.3", "all", [1, 3]),
        ("rejected~max_probability~0.8", "all", [1, 3]),
        ("rejected~darksight~0.3", "all", [0, 2]),
        ("rejected~darksight~0.3", "test", [2]),
        ("rejected~darksight~0", "all", []),
        ("rejected~entropy~-1", "all", [0, 1, 2, 3]),
    ],
)
def test_a_threshold_keeps_what_it_equals_and_rejects_what_is_less_sure(rule, split, expected):
    given = evidence()
    assert members(checked(parsed(rule), given), given, split).tolist() == expected


@given(st.sampled_from(MEASURES), st.floats(-1e3, 1e3, width=32))
def test_a_single_precision_threshold_comes_back_exactly(measure, threshold):
    found = parsed(written(Rejected(measure, threshold)))
    assert isinstance(found, Rejected)
    assert np.float32(found.threshold) == np.float32(threshold)


@pytest.mark.parametrize(
    "text", ["rejected", "rejected~luck~1", "rejected~entropy", "rejected~entropy~nan"]
)
def test_a_broken_threshold_says_what_was_expected(text):
    with pytest.raises(RuleError, match="expected rejected~MEASURE~NUMBER"):
        parsed(text)


def test_without_darksight_its_confidence_rejects_nothing():
    with pytest.raises(RuleError, match="no DarkSight yet"):
        checked(parsed("rejected~darksight~0.5"), evidence(None))


def test_the_rule_is_said_in_words():
    assert rule_words(Rejected("darksight", 0.25), []) == "DarkSight's density below 0.25"
    assert rule_words(Rejected("entropy", 0.25), []) == "Predictive entropy above 0.25"
