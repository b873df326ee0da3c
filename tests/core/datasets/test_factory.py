import itertools

import numpy as np
import pytest

from core.datasets import SourceOptions, content_fingerprint, load

TEXT = """
import numpy as np

def plain(count=10):
    return np.arange(count * 4, dtype=np.uint8).reshape(count, 2, 2), np.arange(count) % 2

def parts():
    return *plain(8), *plain(4)

def named():
    images, labels = plain(6)
    split = ["train"] * 4 + ["test"] * 2
    return {"images": images, "labels": labels, "split": split, "class_names": ["a", "b"]}

def broken():
    raise RuntimeError("no\\nluck")

def nothing():
    return None

def read(path):
    return np.load(path), plain(6)[1]

def drawn():
    images, labels = plain(20)
    order = np.random.permutation(20)
    return images[order], labels[order]

def unnamed():
    return {"images": plain(6)[0], "labels": plain(6)[1], "class_names": None}

class Tensor:
    def __array__(self, *given, **more):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

def tensors():
    return Tensor(), plain(6)[1]

number = 7
"""
numbers = itertools.count()


@pytest.fixture
def module(tmp_path, monkeypatch) -> str:
    name = f"scans_{next(numbers)}"  # imported modules are remembered by their names
    (tmp_path / f"{name}.py").write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def called(module, function, **given):
    return load("function", options=SourceOptions(function=f"{module}:{function}", **given))


def test_a_function_returns_images_and_labels(module):
    data = called(module, "plain", arguments={"count": 20})
    assert len(data) == 20
    assert len(data.rows("test")) == 4
    assert data.name == "plain"


def test_a_function_returns_training_and_test_parts(module):
    assert called(module, "parts").split.tolist() == ["train"] * 8 + ["test"] * 4


def test_a_function_returns_a_mapping(module):
    data = called(module, "named")
    assert data.class_names == ("a", "b")
    assert data.split.tolist() == ["train"] * 4 + ["test"] * 2
    assert data.images.dtype == np.uint8


def test_what_a_function_raises_is_one_line(module):
    with pytest.raises(ValueError, match=r":broken raised RuntimeError: no luck$"):
        called(module, "broken")
    with pytest.raises(ValueError, match=r":plain raised TypeError: .*unexpected keyword"):
        called(module, "plain", arguments={"size": 3})


def test_what_a_function_returns_otherwise_is_refused(module):
    with pytest.raises(ValueError, match=r"must return \(images, labels\), .*, got NoneType"):
        called(module, "nothing")


def test_what_cannot_become_an_array_is_one_line(module):
    with pytest.raises(ValueError, match="its images cannot become one: Can't call numpy"):
        called(module, "tensors")


def test_names_of_classes_may_be_none(module):
    assert called(module, "unnamed").class_names == ("0", "1")


def test_a_package_that_cannot_be_imported_says_why(tmp_path, monkeypatch):
    name = f"package_{next(numbers)}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("undefined_name")
    (tmp_path / name / "scans.py").write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    options = SourceOptions(function=f"{name}.scans:plain")
    with pytest.raises(ValueError, match="name 'undefined_name' is not defined"):
        content_fingerprint("function", options=options)


def test_a_function_that_is_not_there_is_named(module):
    with pytest.raises(ValueError, match=f"not at hand: {module} has no missing; start from the"):
        called(module, "missing")
    with pytest.raises(ValueError, match="not at hand: no_such_module cannot be imported"):
        called("no_such_module", "plain")
    with pytest.raises(ValueError, match=":number must be callable, got <class 'int'>"):
        called(module, "number")


@pytest.mark.parametrize("address", [None, "module", "module:", ":function"])
def test_an_address_needs_both_parts(address):
    with pytest.raises(ValueError, match=r"must be 'package.module:function', got"):
        load("function", options=SourceOptions(function=address))


def test_the_fingerprint_follows_text_arguments_and_files_without_importing(module, tmp_path):
    (tmp_path / "broken_on_import.py").write_text("raise RuntimeError")
    assert content_fingerprint("function", options=SourceOptions(function="broken_on_import:f"))

    def fingerprint(**given) -> str:
        return content_fingerprint(
            "function", options=SourceOptions(function=f"{module}:plain", **given)
        )

    first = fingerprint()
    assert fingerprint(arguments={"count": 3}) != first
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.bin").write_bytes(b"1")
    with_files = fingerprint(path=str(tmp_path / "scans"))
    (tmp_path / "scans" / "a.bin").write_bytes(b"22")
    assert len({first, with_files, fingerprint(path=str(tmp_path / "scans"))}) == 3
    (tmp_path / f"{module}.py").write_text(TEXT + "\n# changed")
    assert fingerprint() != first
    with pytest.raises(ValueError, match="there is no module no_such_module"):
        content_fingerprint("function", options=SourceOptions(function="no_such_module:f"))


def test_a_file_that_an_argument_names_is_content_too(module, tmp_path):
    options = SourceOptions(function=f"{module}:read", arguments={"path": f"{tmp_path}/a.npy"})
    prints = []
    for value in (1, 1, 2):
        np.save(tmp_path / "a.npy", np.full((6, 2, 2), value, np.uint8))
        prints.append(content_fingerprint("function", options=options))
    assert prints[0] == prints[1] != prints[2]


def test_a_function_that_draws_gives_the_same_images_every_time(module):
    first, again = called(module, "drawn"), called(module, "drawn")
    np.testing.assert_array_equal(first.images, again.images)
