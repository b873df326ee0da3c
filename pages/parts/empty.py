"""What a page shows where something is not there yet: what is missing and the command for it."""

import streamlit as st

from pages.parts import travel
from pages.parts.literal import literal


def no_study() -> None:
    """Say that the store holds no study and how to build one."""
    st.info("The store is empty. Build the study of handwritten digits, about a minute, with")
    st.code("make build", language="bash")
    st.caption("or, without make:")
    st.code("python -m precompute build digits", language="bash")


def missing_stage(study: str, stage: str, what: str) -> None:
    """Say that `stage` is not built yet, what cannot be shown without it, and how to build it."""
    st.info(f"{what} the stage {stage}, which this run does not hold yet. It is built by")
    st.code(f"python -m precompute build {study}", language="bash")


def broken(error: Exception) -> None:
    """Show the one line of an error of the store, which names the artifact and the command."""
    st.error(literal(error))


def say(lines: list[str]) -> None:
    """Show the lines about what was ignored, but for words that another page brought."""
    if heard := travel.heard(lines):
        st.warning("  \n".join(literal(line) for line in heard))
