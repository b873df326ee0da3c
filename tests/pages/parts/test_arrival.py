"""A hosted dashboard fetches the pack that its secrets name."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import arrival, entry
from precompute.pack import pack
from tests.core.datasets.file_server import file_server
from tests.pages.reading import html, texts
from tests.pages.toy_store import write_toy_store

ROUTER = Path(__file__).resolve().parents[3] / "pages/shell/main.py"


@pytest.fixture
def hosted(tmp_path, monkeypatch):
    """No store and no word from `serve`: only the secrets, which this sets."""
    for name in ("DARKROOM_STORE", "DARKROOM_STUDY", "DARKROOM_ROUTE", "DARKROOM_PACK"):
        # set first, so that what the page sets is undone afterwards
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DARKROOM_CACHE", str(tmp_path / "cache"))
    st.cache_resource.clear()

    def given(address):
        monkeypatch.setattr(entry, "secrets", {"darkroom": {"pack": address}}.get)

    return given


def test_the_pack_is_fetched_shown_and_read_only(hosted, tmp_path):
    write_toy_store(tmp_path / "store", study="faces")
    packed = pack("faces", tmp_path / "store", tmp_path / "faces.zip")
    with file_server() as server:
        server.content = packed.path.read_bytes()
        hosted(f"http://127.0.0.1:{server.server_port}/faces.zip#sha256={packed.sha256}")
        page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
        assert not page.exception
        assert "A toy" in html(page)
        page.run()
        assert len(server.asked) == 2, "its size and the file, once"
    assert not page.error


def test_a_pack_that_does_not_come_is_one_line(hosted):
    hosted("http://example.org/faces.zip")
    page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
    assert not page.exception
    assert "is not taken" in texts(page)
    assert not page.get("html")


def test_where_serve_has_chosen_the_secrets_say_nothing(hosted, monkeypatch):
    hosted("http://example.org/faces.zip")
    monkeypatch.setenv("DARKROOM_STORE", "elsewhere")
    assert arrival.brought()
