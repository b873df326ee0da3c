import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.store import Store
from tests.core.store import tiny


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    tiny.build(root)
    return root


@pytest.fixture
def root(tmp_path: Path, built: Path) -> Path:
    """A store with the finished study `tiny`; a copy, since flushing to the disk takes longer."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def store(root: Path) -> Store:
    return Store("tiny", root)


@pytest.fixture
def forge(root: Path) -> Callable[[str, bytes], Path]:
    return lambda file, content: tiny.put(root, file, content)
