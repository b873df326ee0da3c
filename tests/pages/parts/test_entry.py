"""Who may see the dashboard and its pictures."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from core.store import Store
from pages.parts import entry
from pages.parts.entry import coded, may_read, uncoded
from pages.parts.summit.pictures import channel_picture
from pages.parts.thumbnails import template, thumbnail_png

ROUTER = Path(__file__).resolve().parents[3] / "pages/shell/main.py"
AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "a secret of thirty-two characters",
    "client_id": "darkroom",
    "client_secret": "another",
    "server_metadata_url": "https://example.org/.well-known/openid-configuration",
}


class Reader(dict):
    """What Streamlit says of whoever looks."""

    def to_dict(self):
        return dict(self)


@pytest.fixture
def signing_in(monkeypatch):
    """Secrets with Streamlit's sign-in; call it with more sections."""

    def given(**sections):
        monkeypatch.setattr(entry, "secrets", ({"auth": AUTH} | sections).get)

    given()
    return given


def test_without_a_section_auth_nobody_signs_in(toy_store):
    assert entry.secrets("auth") is None
    assert not entry.required()
    assert coded("toy", "k1") == uncoded("toy", "k1") == "k1"
    page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
    assert not page.exception
    assert not [
        button for button in page.button if "ign" in button.label and "Sign" in button.label
    ]


def test_whoever_has_not_signed_in_sees_nothing_of_the_study(toy_store, signing_in, monkeypatch):
    monkeypatch.setattr(st, "user", Reader(is_logged_in=False))
    page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Sign in"]
    assert not page.get("html")
    assert "toy" not in str([element.value for element in page.markdown])


def test_whoever_is_not_on_the_list_sees_nothing_either(toy_store, signing_in, monkeypatch):
    signing_in(darkroom={"readers": ["ada@example.org"]})
    monkeypatch.setattr(st, "user", Reader(is_logged_in=True, email="eve@example.org"))
    page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Sign in as somebody else"]
    assert not page.get("html")


def test_a_reader_who_signed_in_sees_the_study_and_the_way_out(toy_store, signing_in, monkeypatch):
    monkeypatch.setattr(st, "user", Reader(is_logged_in=True, email="ada@example.org"))
    page = AppTest.from_file(str(ROUTER), default_timeout=300).run()
    assert not page.exception
    assert "Sign out" in [button.label for button in page.button]
    assert page.get("html")


@pytest.mark.parametrize(
    ("user", "reads"),
    [
        ({"email": "ada@example.org"}, True),
        ({"email": "Ada@Example.org"}, True),
        ({"email": "eve@example.org"}, False),
        ({"email": "bob@team.example"}, True),
        ({"email": "bob@not.team.example"}, False),
        ({"email": "bob@team.example", "email_verified": False}, False),
        ({"email": "@team.example.org"}, False),
        ({"email": ""}, False),
        ({}, False),
    ],
)
def test_the_list_of_readers_names_addresses_and_domains(signing_in, user, reads):
    signing_in(darkroom={"readers": ["ada@example.org", "@team.example"]})
    assert may_read(user) is reads


def test_a_list_that_is_none_lets_nobody_in(signing_in):
    signing_in(darkroom={"readers": "ada@example.org"})
    assert not may_read({"email": "ada@example.org"})


def test_pictures_need_the_code_that_readers_see(toy_store, signing_in, monkeypatch):
    monkeypatch.setenv("DARKROOM_ROUTE", "1")
    store = Store("toy", toy_store)
    key = store.manifest("dataset").key
    address = template(store)
    assert address is not None
    shown = address.split("/")[-2]
    assert shown.startswith(f"{key}~")
    assert thumbnail_png("toy", shown, 0) is not None
    for guess in (key, f"{key}~", f"{key}~{'0' * 32}", shown[:-1], f"{shown}0", f"{shown}é", "~"):
        assert thumbnail_png("toy", guess, 0) is None
        assert channel_picture("toy", guess, "patch", 0, 0, 0) is None


def test_a_code_is_for_one_artifact_and_one_server(signing_in):
    code = coded("toy", "k1").partition("~")[2]
    assert uncoded("toy", f"k1~{code}") == "k1"
    assert uncoded("toy", f"k2~{code}") is None
    assert uncoded("other", f"k1~{code}") is None
    signing_in(auth=AUTH | {"cookie_secret": "the secret of another server"})
    assert uncoded("toy", f"k1~{code}") is None


def test_without_a_secret_no_picture_is_given_away(signing_in):
    signing_in(auth=AUTH | {"cookie_secret": ""})
    with pytest.raises(ValueError, match="has no cookie_secret"):
        coded("toy", "k1")
    assert thumbnail_png("toy", "k1", 0) is None


def test_secrets_that_cannot_be_read_do_not_open_the_door(toy_store, tmp_path, monkeypatch):
    file = tmp_path / "secrets.toml"
    file.write_text("[auth\n")
    broken = Secrets()
    monkeypatch.setattr(st, "secrets", broken)
    monkeypatch.setattr(config, "get_option", {"secrets.files": [str(file)]}.get)
    with pytest.raises(StreamlitSecretNotFoundError):
        entry.required()
    assert thumbnail_png("toy", "k1", 0) is None
    file.unlink()
    assert not entry.required()
