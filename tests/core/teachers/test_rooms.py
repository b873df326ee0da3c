from pathlib import Path

import core.teachers


def test_every_file_of_the_package_stands_in_its_map():
    folder = Path(core.teachers.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    listed = {
        line.split("``")[1]
        for line in (core.teachers.__doc__ or "").splitlines()
        if line.startswith("``")
    }
    assert files == listed
