"""The router: the one script that every session runs, whichever page it opens first.

It stands alone in its folder, so that a deep link as the first request after a start still runs
it; it finds the repository's root itself, so that tests and ``streamlit run`` on it work too.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from pages.components.history import one_entry_each  # noqa: E402
from pages.parts import arrival, entry, travel  # noqa: E402
from pages.parts.needs import SERVED  # noqa: E402
from pages.parts.story.add import add_to_story  # noqa: E402
from pages.parts.story.present import asked, present  # noqa: E402

ICON = str(ROOT / "pages/parts/icon.svg")  # a file: Material icons come from a font on the web
st.set_page_config(page_title="Darkroom", page_icon=ICON, layout="wide")

PAGES = [
    st.Page(
        ROOT / "pages/overview.py", title="Overview", icon=":material/grid_view:", default=True
    ),
    st.Page(ROOT / "pages/darksight.py", title="DarkSight", icon=":material/bubble_chart:"),
    st.Page(ROOT / "pages/dvi.py", title="DeepVisualInsight", icon=":material/timeline:"),
    st.Page(ROOT / "pages/summit.py", title="Summit", icon=":material/account_tree:"),
    st.Page(ROOT / "pages/deepvid.py", title="DeepVID", icon=":material/help_center:"),
    st.Page(ROOT / "pages/saliency.py", title="Saliency", icon=":material/gradient:"),
    st.Page(ROOT / "pages/sample.py", title="Sample", icon=":material/image_search:"),
    st.Page(ROOT / "pages/trust.py", title="Trust", icon=":material/verified:"),
    st.Page(ROOT / "pages/stories.py", title="Stories", icon=":material/slideshow:"),
    st.Page(ROOT / "pages/compare.py", title="Compare", icon=":material/compare:"),
    st.Page(ROOT / "pages/upload.py", title="Your image", icon=":material/upload:"),
    st.Page(ROOT / "pages/artifacts.py", title="Artifacts", icon=":material/inventory_2:"),
]
st.session_state[SERVED] = {page.url_path: page for page in PAGES}
shown = asked()
admitted = entry.admitted()
page = st.navigation(PAGES, position="top" if shown is None and admitted else "hidden")
if not admitted or not arrival.brought():
    st.stop()
if shown is not None:  # a step of a story: its own words, which travel nowhere
    present(shown, page.run, st.session_state[SERVED])
else:
    one_entry_each()
    travel.arrive(page.url_path)
    add_to_story(page.url_path)
    try:
        page.run()
    finally:  # also where a click ends the run early
        travel.keep(page.url_path)
    entry.sign_out()
