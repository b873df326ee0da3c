import os

import pytest

from core.datasets import SourceOptions, content_fingerprint
from core.datasets.content import file_hash


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": (0, 4)}, r"size must be \[height, width\] from 1 to 8192, got \[0, 4\]"),
        ({"size": (64, 100_000)}, r"got \[64, 100000\]"),
        ({"channels": 4}, r"channels must be 1 \(grey\) or 3 \(RGB\), got 4"),
        ({"test_share": 0.0}, "test_share must be above 0 and at most 1, got 0.0"),
        ({"test_share": 1.5}, "test_share must be above 0 and at most 1, got 1.5"),
        ({"label_noise": 1.0}, "label_noise must be from 0 to below 1, got 1.0"),
        ({"class_names": ("a", "b", "a")}, "class_names must differ, got a twice"),
    ],
)
def test_an_option_out_of_range_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        SourceOptions(**given)


def test_options_can_be_keys_of_a_cache():
    first, second = (SourceOptions(function="a:b", arguments={"n": n}) for n in (1, 2))
    assert hash(first) == hash(second)
    assert first != second
    assert first.given() == {"function", "arguments"}


def test_a_file_is_hashed_again_only_when_it_changed(tmp_path, mnist_root):
    file = tmp_path / "a"
    file.write_bytes(b"one")
    os.utime(file, ns=(1, 1))
    first = file_hash(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert file_hash(file) == first
    os.utime(file, ns=(2, 2))
    assert file_hash(file) != first


def test_the_fingerprint_of_built_in_files_follows_their_contents(mnist_root):
    first = content_fingerprint("mnist", data_root=mnist_root)
    file = mnist_root / "mnist" / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(file.read_bytes() + b"x")
    assert content_fingerprint("mnist", data_root=mnist_root) != first
