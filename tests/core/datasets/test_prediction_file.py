import numpy as np
import pandas as pd
import pytest

from core.datasets import SourceOptions, load
from core.datasets.prediction_file import read_predictions


def written(path, n=6, **changes):
    columns = {
        "id": np.arange(n),
        "label": np.arange(n) % 2,
        "logits": [[0.5, float(row)] for row in range(n)],
        **changes,
    }
    frame = pd.DataFrame({name: column for name, column in columns.items() if column is not None})
    frame.to_parquet(path)
    return path


def test_columns_come_back_as_arrays(tmp_path):
    found = read_predictions(written(tmp_path / "p.parquet", embedding=[[1.0, 2.0, 3.0]] * 6))
    assert found.ids.tolist() == list(range(6))
    assert found.logits is not None
    assert found.logits.shape == (6, 2)
    assert found.embeddings is not None
    assert found.embeddings.shape == (6, 3)
    assert found.probabilities is None
    assert set(found.split) == {"test"}
    assert found.classes == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": None}, "must have the columns id, label and either logits or probabilities"),
        ({"probabilities": [[0.5, 0.5]] * 6}, "either logits or probabilities"),
        ({"id": [0.5] * 6}, "column id of p.parquet must hold whole numbers"),
        ({"label": ["a"] * 6}, "column label of p.parquet must hold whole numbers"),
        ({"logits": [[0.5]] * 5 + [[0.1, 0.2]]}, "lists of numbers of one length"),
        ({"logits": [0.5] * 6}, "lists of numbers of one length"),
        ({"split": ["train"] * 5 + ["dev"]}, "must say train or test, got 'dev'"),
        ({"split": ["train"] * 5 + [None]}, "must say train or test"),
    ],
)
def test_columns_that_hold_something_else_are_named(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_predictions(written(tmp_path / "p.parquet", **changes))


def test_a_file_without_rows_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no row"):
        read_predictions(written(tmp_path / "p.parquet", n=0, logits=[]))
    (tmp_path / "q.parquet").write_bytes(b"not a table")
    with pytest.raises(ValueError, match=r"q\.parquet is no whole Parquet file"):
        read_predictions(tmp_path / "q.parquet")


def test_a_study_without_images_says_so(tmp_path):
    path = written(tmp_path / "p.parquet", split=["train"] * 2 + ["test"] * 4)
    data = load("predictions", options=SourceOptions(path=str(path), class_names=("cat", "dog")))
    assert data.class_names == ("cat", "dog")
    assert data.split.tolist() == ["train"] * 2 + ["test"] * 4
    assert not data.images.any()
    assert data.notes == ("no images are at hand, only predictions: every picture is empty",)


def test_class_names_must_be_as_many_as_scores(tmp_path):
    path = written(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"has 2 scores a row but data\.class_names has 3"):
        load("predictions", options=SourceOptions(path=str(path), class_names=("a", "b", "c")))
