"""Where a page's pictures come from: the artifacts behind them, when they were made, and how."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.store import Store
from pages.parts.literal import literal


def provenance(store: Store, artifacts: Sequence[tuple[str, float | None]]) -> None:
    """Draw the artifacts, given as stage and epoch, that the page was drawn from."""
    manifests = [store.manifest(stage, epoch) for stage, epoch in artifacts if store.has(stage)]
    finished = literal(store.run.finished.replace("T", " ").removesuffix("+00:00"))
    with st.expander(f"Where this comes from: study {literal(store.study)}, run of {finished} UTC"):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "stage": manifest.stage,
                        "epoch": manifest.epoch,
                        "key": manifest.key,
                        "made (UTC)": manifest.created.replace("T", " ").removesuffix("+00:00"),
                        "seconds": manifest.seconds,
                        "seed": manifest.seed,
                        "threads": manifest.threads,
                        "device": manifest.device,
                    }
                    for manifest in manifests
                ]
            ),
            hide_index=True,
            placeholder="",
            alt="Artifacts behind this page",
        )
        for manifest in manifests:
            st.caption(f"Settings of {manifest.stage}, key {manifest.key}")
            st.json(manifest.settings, expanded=False)
