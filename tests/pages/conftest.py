import pytest
import streamlit as st

from tests.pages.toy_store import write_toy_store


@pytest.fixture
def store_folder(tmp_path, monkeypatch):
    """An empty store that the pages read; no study is named from outside."""
    root = tmp_path / "artifacts"
    monkeypatch.setenv("DARKROOM_STORE", str(root))
    monkeypatch.delenv("DARKROOM_STUDY", raising=False)
    monkeypatch.delenv("DARKROOM_ROUTE", raising=False)
    monkeypatch.setenv("DARKROOM_EDIT", "1")
    st.cache_resource.clear()
    return root


@pytest.fixture
def toy_store(store_folder):
    """A store with the finished study `toy`."""
    write_toy_store(store_folder)
    return store_folder
