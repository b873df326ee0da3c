"""Charts on their way to the browser.

Altair checks a chart against the whole grammar of Vega-Lite each time it is written, which took
nine tenths of a rerun. The tests write every chart with that check; a page writes it without, and
keeps what does not change from one rerun to the next.
"""

from typing import Any

import altair as alt


def spec_of(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification with its data, for `st.vega_lite_chart`."""
    spec = chart.to_dict(validate=False)
    spec.pop("config", None)  # Altair's default size; Streamlit's theme takes its place
    return spec
