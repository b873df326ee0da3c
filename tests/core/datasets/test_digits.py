import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

from core.datasets import MissingData, content_fingerprint, load


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def test_the_digits_are_split_in_1297_and_500(digits):
    assert len(digits) == 1797
    assert digits.images.shape == (1797, 8, 8, 1)
    assert digits.image_shape == (8, 8, 1)
    assert len(digits.rows("train")) == 1297
    assert len(digits.rows("test")) == 500
    assert digits.class_names == tuple("0123456789")


def test_each_sample_is_its_row_of_the_source(digits):
    values, labels = sklearn.datasets.load_digits(return_X_y=True)
    assert sorted(digits.split_id) == list(range(1797))
    np.testing.assert_array_equal(digits.labels, labels[digits.split_id])
    expected = np.round(values[digits.split_id] * 255 / 16)
    np.testing.assert_array_equal(digits.images.reshape(1797, 64), expected)
    assert digits.images.min() == 0
    assert digits.images.max() == 255


def test_each_split_is_stratified_and_in_the_sources_order(digits):
    for split in ("train", "test"):
        rows = digits.rows(split)
        assert (np.diff(digits.split_id[rows]) > 0).all()
        share = np.bincount(digits.labels[rows]) / len(rows)
        np.testing.assert_allclose(share, np.bincount(digits.labels) / 1797, atol=0.002)


def test_the_split_is_the_same_every_time(digits):
    np.testing.assert_array_equal(load("digits").split_id, digits.split_id)
    # the first test samples, so that a changed library would be noticed
    assert digits.split_id[digits.rows("test")][:5].tolist() == [10, 21, 24, 25, 28]


def test_the_fingerprint_is_that_of_the_file_and_needs_no_import():
    file = Path(sklearn.datasets.__file__).parent / "data" / "digits.csv.gz"
    assert content_fingerprint("digits") == hashlib.sha256(file.read_bytes()).hexdigest()
    program = (
        "import sys; from core.datasets import content_fingerprint; "
        "content_fingerprint('digits'); sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr("core.datasets.digits.find_spec", lambda name: None)
    with pytest.raises(MissingData, match=r"not installed: install the extra 'precompute'"):
        content_fingerprint("digits")
