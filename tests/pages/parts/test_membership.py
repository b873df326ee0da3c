from dataclasses import replace

import numpy as np
import pytest

from pages.parts.membership import Evidence, checked, members
from pages.parts.selection import RuleError, lasso, parsed

#                      0    1    2    3    4    5
LABEL = np.array([0, 0, 1, 1, 2, 2])
PREDICTED = np.array([0, 1, 1, 1, 0, 1])
CONFIDENCE = np.array([0.9, 0.6, 0.8, 0.5, 0.7, 0.95])
ENTROPY = np.array([0.1, 0.7, 0.3, 0.9, 0.5, 0.9])
IS_TEST = np.array([False, False, False, True, True, True])
POINTS = np.array([[0, 0], [1, 0], [2, 0], [0, 2], [1, 2], [2, 2]], dtype=np.float32)


@pytest.fixture
def evidence():
    return Evidence(
        classes=3,
        present=np.array([0, 1, 2]),
        label=LABEL,
        flipped=np.array([False, True, False, False, True, False]),
        predicted=PREDICTED,
        confidence=CONFIDENCE,
        entropy=ENTROPY,
        is_test=IS_TEST,
        methods=["tsne"],
        positions=lambda method: POINTS,
        saved=lambda: {"mine": [4, 1, 400]},
    )


@pytest.mark.parametrize(
    ("rule", "split", "expected"),
    [
        ("cell~0~1", "all", [1]),
        ("cell~0~1", "test", []),
        ("class~2", "all", [4, 5]),
        ("ids~5,1,3", "all", [5, 1, 3]),
        ("ids~5,1,3", "test", [5, 3]),
        ("saved~mine", "all", [4, 1]),
        ("preset~misclassified", "all", [1, 4, 5]),
        ("preset~most_confidently_wrong", "all", [5, 4, 1]),
        ("preset~least_certain", "all", [3, 5, 1, 4, 2, 0]),
        ("preset~least_certain", "train", [1, 2, 0]),
        ("preset~flipped_labels", "all", [1, 4]),
        ("preset~flipped_labels", "test", [4]),
        ("lasso~tsne~all~-1,-1;1.5,-1;1.5,3;-1,3", "all", [0, 1, 3, 4]),
        ("lasso~tsne~all~-1,-1;1.5,-1;1.5,3;-1,3", "test", [3, 4]),
        ("lasso~tsne~test~-1,-1;1.5,-1;1.5,3;-1,3", "all", [3, 4]),
        ("lasso~tsne~train~-1,-1;1.5,-1;1.5,3;-1,3", "test", []),
    ],
)
def test_each_rule_finds_its_members(evidence, rule, split, expected):
    assert members(checked(parsed(rule), evidence), evidence, split).tolist() == expected


@pytest.mark.parametrize(
    ("rule", "split", "expected"),
    [
        ("other", "all", [1, 4]),
        ("other", "test", [4]),
        ("other~0", "all", [1]),
        ("other~1", "all", []),
        ("cell~2~3", "all", [4]),
    ],
)
def test_what_is_taken_for_classes_that_the_data_does_not_hold(evidence, rule, split, expected):
    predicted = np.array([0, 3, 1, 1, 3, 1])
    evidence = replace(evidence, classes=4, predicted=predicted)
    assert members(checked(parsed(rule), evidence), evidence, split).tolist() == expected


def test_a_study_without_flipped_labels_has_no_such_preset(evidence):
    evidence = replace(evidence, flipped=np.zeros(6, bool))
    with pytest.raises(RuleError, match="no label of this study was flipped"):
        checked(parsed("preset~flipped_labels"), evidence)


@pytest.mark.parametrize(
    ("split", "expected"), [("train", [0, 1, 2]), ("test", [3, 4, 5]), ("all", [0, 1, 2, 3, 4, 5])]
)
def test_without_a_rule_the_whole_split_belongs(evidence, split, expected):
    assert members(None, evidence, split).tolist() == expected


def test_a_lasso_in_the_url_finds_the_same_members_as_the_one_drawn(evidence):
    corners = [(-1 / 3, -1 / 3), (4 / 3, -1 / 3), (4 / 3, 7 / 3), (-1 / 3, 7 / 3)]
    drawn = lasso("tsne", "all", corners)
    assert members(drawn, evidence, "all").tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("class~3", "numbered 0 to 2, got 3"),
        ("cell~0~9", "numbered 0 to 2, got 9"),
        ("ids~1,6", "numbered 0 to 5, got 6"),
        ("other", "the data holds images of every class that the teacher knows"),
        ("saved~yours", "no selection named 'yours'"),
        ("lasso~umap~all~0,0;1,0;1,1", "are tsne; got 'umap'"),
    ],
)
def test_a_rule_that_does_not_fit_the_study_says_what_there_is(evidence, rule, complaint):
    with pytest.raises(RuleError, match=complaint):
        checked(parsed(rule), evidence)
