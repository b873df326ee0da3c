"""The pack that a deployment shows, where nobody starts the dashboard by `serve`.

A hosted dashboard runs the router itself. The pack's address then stands in the section
`[darkroom]` of the secrets as `pack`, or in the variable DARKROOM_PACK. It is fetched once, by the
first reader after a start.
"""

import os

import streamlit as st

from pages.parts import entry
from pages.parts.empty import broken


def brought() -> bool:
    """Return whether the studies are at hand; if not, draw why the pack did not come."""
    if os.environ.get("DARKROOM_STORE"):  # `serve` has chosen
        return True
    address = (entry.secrets("darkroom") or {}).get("pack") or os.environ.get("DARKROOM_PACK")
    if not address:
        return True
    try:
        _bring(str(address))
    except (ValueError, OSError) as error:
        broken(error)
        return False
    return True


@st.cache_resource(show_spinner="Fetching the pack …", max_entries=1)
def _bring(address: str) -> None:
    from precompute.serve import opened_pack

    study, root = opened_pack(address, quiet=True)
    os.environ["DARKROOM_STORE"] = str(root)
    os.environ.setdefault("DARKROOM_STUDY", study)
