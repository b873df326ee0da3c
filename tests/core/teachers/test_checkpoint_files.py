import pytest

from core.teachers.checkpoint_files import checkpoint_files


@pytest.fixture
def folder(tmp_path):
    for name in ("net_10.pt", "net_2.pt", "net_2.5.pt", "v2_notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


def test_checkpoints_come_in_the_order_of_training(folder):
    found = checkpoint_files(str(folder / "net_*.pt"))
    assert list(found) == [2, 2.5, 10]
    assert found[2.5].name == "net_2.5.pt"
    assert checkpoint_files("net_*.pt", base=folder) == found


def test_a_regular_expression_says_where_the_epoch_stands(tmp_path):
    for name in ("ep3-acc0.91.pt", "ep12-acc0.95.pt"):
        (tmp_path / name).touch()
    found = checkpoint_files("*.pt", r"ep(?P<epoch>\d+)-", base=tmp_path)
    assert list(found) == [3, 12]


def test_folders_are_searched_where_the_pattern_says_so(tmp_path):
    for step in (1, 2):
        (tmp_path / f"run{step}").mkdir()
        (tmp_path / f"run{step}" / f"net{step}.pt").touch()
    assert list(checkpoint_files("**/net*.pt", base=tmp_path)) == [1, 2]


@pytest.mark.parametrize(
    ("pattern", "epoch", "line"),
    [
        ("absent*.pt", None, r"'absent\*\.pt' matches no file in"),
        ("net_*.pt", r"epoch(?P<epoch>\d+)", r"net_10\.pt tells no epoch by"),
        ("net_*.pt", r"(?P<epoch>\w+)_", r"net_10\.pt tells no epoch by"),
        ("net_*.pt", r"_(?P<epoch>\d)", r"net_2\.5\.pt|both tell epoch 2"),
        ("net_*.pt", r"(\d+)", "must have a group named epoch"),
        ("net_*.pt", r"(?P<epoch>", "must be a regular expression"),
    ],
)
def test_what_tells_no_epoch_is_one_line(folder, pattern, epoch, line):
    with pytest.raises(ValueError, match=line):
        checkpoint_files(pattern, **({} if epoch is None else {"epoch": epoch}), base=folder)
