import numpy as np
import pytest

from core.teachers.prediction_table import prediction_table
from core.teachers.protocol import Capability, Teacher

IDS = np.array([30, 10, 20])
LABELS = np.array([0, 1, 0])
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
EMBEDDINGS = np.arange(6, dtype=np.float64).reshape(3, 2)


def test_predictions_are_found_by_their_ids_in_the_order_asked():
    table = prediction_table(IDS, LABELS, probabilities=PROBABILITIES, embeddings=EMBEDDINGS)
    found = table.of(np.array([10, 30, 10]))
    np.testing.assert_allclose(np.exp(found.logits), PROBABILITIES[[1, 0, 1]], rtol=1e-6)
    assert found.representation is not None
    np.testing.assert_array_equal(found.representation, EMBEDDINGS[[1, 0, 1]])


def test_logits_stay_as_they_are():
    logits = np.array([[3.0, -1.0], [0.0, 2.0], [1.0, 1.0]], np.float32)
    table = prediction_table(IDS, LABELS, logits=logits)
    np.testing.assert_array_equal(table.of(IDS).logits, logits)
    assert table.of(IDS).representation is None


def test_a_table_says_what_it_can_and_judges_no_other_image():
    table = prediction_table(IDS, LABELS, probabilities=PROBABILITIES)
    assert isinstance(table, Teacher)
    assert table.capabilities == {Capability.PROBABILITIES}
    with_embeddings = prediction_table(
        IDS, LABELS, probabilities=PROBABILITIES, embeddings=EMBEDDINGS
    )
    assert Capability.REPRESENTATION in with_embeddings.capabilities
    assert Capability.HEAD not in with_embeddings.capabilities
    with pytest.raises(ValueError, match="knows its own 3 images only and cannot judge 2 others"):
        table.predict(np.zeros((2, 4, 4, 1), np.uint8))


def test_an_image_that_is_missing_is_named():
    table = prediction_table(IDS, LABELS, probabilities=PROBABILITIES)
    with pytest.raises(ValueError, match="2 of 3 are missing, the first with id 15"):
        table.of(np.array([10, 15, 99]))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"logits": PROBABILITIES}, "either logits or probabilities"),
        ({"probabilities": None}, "either logits or probabilities"),
        ({"labels": np.array([0, 1])}, "labels must have one row for each of 3 ids, got 2"),
        ({"embeddings": EMBEDDINGS[:2]}, "embeddings must have one row for each of 3 ids, got 2"),
        ({"ids": np.array([1, 2, 1])}, "ids must all differ, got 1 twice, the first 1"),
        ({"labels": np.array([0, 2, 0])}, "from 0 to 1 for 2 scores, got 2 for id 10"),
        ({"embeddings": EMBEDDINGS * np.nan}, "embeddings must be finite, got nan for id 30"),
        ({"probabilities": PROBABILITIES * np.nan}, "scores must be finite, got nan for id 30"),
        ({"probabilities": PROBABILITIES * 2}, "sum to one, got sum 2 for id 30 and 3 such rows"),
        ({"probabilities": PROBABILITIES - 0.15}, "must not be negative and sum to one"),
    ],
)
def test_what_does_not_fit_is_one_line(changes, line):
    given = {"ids": IDS, "labels": LABELS, "probabilities": PROBABILITIES, **changes}
    with pytest.raises(ValueError, match=line):
        prediction_table(given.pop("ids"), given.pop("labels"), **given)


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="at least one image, got none"):
        prediction_table(IDS[:0], LABELS[:0], logits=PROBABILITIES[:0])
