"""Who may see the dashboard: everybody, or those who signed in, where the secrets ask for that.

Streamlit's own sign-in (OpenID Connect) is on as soon as `.streamlit/secrets.toml` has a section
`[auth]`. `readers` in its section `[darkroom]` names who may read: addresses, or `@example.org` for
a whole domain; without it, whoever can sign in.

Pictures come over routes that know no session. Their addresses then carry a code that is printed
for readers only and that nobody can make without the server's `cookie_secret`.
"""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError

PURPOSE = "darkroom pictures"
CODE_LENGTH = 32  # hex digits: 128 bits


def secrets(section: str) -> dict[str, Any] | None:
    """Return a section of the secrets, None where there is none.

    Secrets that cannot be read raise: a slip in them must not open the door.
    """
    try:
        found = st.secrets.get(section)
    except StreamlitSecretNotFoundError:
        if any(Path(file).exists() for file in config.get_option("secrets.files") or ()):
            raise
        return None
    return dict(found) if isinstance(found, Mapping) else None


def required() -> bool:
    """Return whether readers must sign in."""
    return secrets("auth") is not None


def admitted() -> bool:
    """Return whether this reader may go on; if not, draw what they can do about it."""
    if not required():
        return True
    user = st.user.to_dict()
    if not user.get("is_logged_in"):
        st.markdown("#### Darkroom")
        st.write("This dashboard is for people who sign in.")
        st.button("Sign in", type="primary", on_click=st.login)
        return False
    if not may_read(user):
        st.markdown("#### Darkroom")
        st.write("You are signed in, but nobody has put you on the list of readers.")
        st.button("Sign in as somebody else", on_click=st.logout)
        return False
    return True


def may_read(user: Mapping[str, Any]) -> bool:
    """Return whether somebody who signed in is on the list of readers, if there is one."""
    readers = (secrets("darkroom") or {}).get("readers")
    if readers is None:
        return True
    email = str(user.get("email") or "").lower()
    if not email or user.get("email_verified") is False or isinstance(readers, str):
        return False
    wanted = {str(reader).lower() for reader in readers}
    return email in wanted or f"@{email.rpartition('@')[2]}" in wanted


def sign_out() -> None:
    """Draw the way out, where readers sign in."""
    if required():
        st.button("Sign out", type="tertiary", on_click=st.logout)


def coded(study: str, key: str) -> str:
    """Return the key of an artifact as addresses of its pictures carry it: with the code."""
    code = _code(study, key)
    return key if code is None else f"{key}~{code}"


def uncoded(study: str, coded_key: str) -> str | None:
    """Return the key itself; None if it needs a code and does not carry the right one."""
    key, _, given = coded_key.partition("~")
    code = _code(study, key)
    if code is None:
        return key
    return key if hmac.compare_digest(given.encode(), code.encode()) else None


def _code(study: str, key: str) -> str | None:
    auth = secrets("auth")
    if auth is None:
        return None
    secret = str(auth.get("cookie_secret") or "")
    if not secret:  # Streamlit refuses to sign anybody in without one
        raise ValueError("the section [auth] of the secrets has no cookie_secret")
    text = f"{PURPOSE}\0{study}\0{key}".encode()
    return hmac.new(secret.encode(), text, "sha256").hexdigest()[:CODE_LENGTH]
