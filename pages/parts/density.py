"""How close things stand on a dashboard page: the first screen belongs to the pictures."""

import streamlit as st

from pages.charts.palette import Theme
from pages.parts.theme import theme

# Streamlit has no option for the page's padding; the class names are part of its documented
# test ids and stable since 1.40.
_STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 4.1rem 1.6rem 3rem 1.6rem;}
[data-testid="stMainBlockContainer"] h5 {padding: 0.2rem 0 0 0;}
.darkroom-head {display: flex; flex-wrap: wrap; column-gap: 1.15rem; row-gap: 0.3rem;
  align-items: flex-end; line-height: 1.25;}
.darkroom-head h1 {font-size: 1.3rem; font-weight: 600; margin: 0; padding: 0;}
.darkroom-head div > span {display: block; font-size: 0.72rem; opacity: 0.72;
  letter-spacing: 0.02em;}
.darkroom-head b {font-weight: 600;}
.darkroom-picked {display: flex; gap: 0.8rem;}
.darkroom-picked img {image-rendering: pixelated; border-radius: 4px; display: block;
  object-fit: contain;}
.st-key-w_previous kbd, .st-key-w_next kbd {display: none;}
.st-key-picked_id pre {padding: 0.5rem 2rem 0.5rem 0.7rem; min-height: 0;}
.darkroom-picked dl {margin: 0; display: grid; grid-template-columns: auto 1fr;
  gap: 0.1rem 0.6rem; font-size: 0.82rem; line-height: 1.32; align-content: start;}
.darkroom-picked dt {opacity: 0.72; font-weight: 400;}
.darkroom-tiles {display: flex; flex-wrap: wrap; gap: 0.5rem 0.6rem;}
.darkroom-tiles figure {margin: 0; padding: 0;}
.darkroom-tiles img {display: block; object-fit: contain; border-radius: 3px;}
.darkroom-tiles img.framed {outline: 2px solid currentColor; outline-offset: 1px;}
.darkroom-tiles figcaption {font-size: 0.74rem; line-height: 1.25; padding-top: 0.15rem;
  overflow-wrap: anywhere;}
.darkroom-places figure {flex: 1 1 6.5rem; max-width: 12rem;}
.darkroom-places img {width: 100%; border: 1px solid #88888855;
  border-radius: 4px;}
[class*="st-key-open_in"] {row-gap: 0 !important;}
[class*="st-key-open_in"] a {padding: 0.05rem 0.25rem; min-height: 0;}
[class*="st-key-open_in"] a > span:has([data-testid="stIconMaterial"]) {display: none;}
[class*="st-key-open_in"] a p {text-decoration: underline; text-underline-offset: 0.15em;
  text-decoration-thickness: 1px;}
[class*="st-key-open_in"] p {font-size: 0.82rem;}
.darkroom-trust {border-collapse: collapse; width: 100%; font-size: 0.82rem; line-height: 1.3;}
.darkroom-trust th {text-align: left; font-weight: 400; padding: 0.08rem 0.6rem 0.08rem 0;
  border: none; vertical-align: middle;}
.darkroom-trust th[scope="row"] {width: 36%;}
.darkroom-trust th[scope="rowgroup"] {padding-top: 0.6rem;}
.darkroom-trust th b {font-weight: 600;}
.darkroom-trust span {opacity: 0.78; font-size: 0.76rem;}
.darkroom-trust p {margin: 0.1rem 0; font-size: 0.8rem;}
.darkroom-trust td {border: none; padding: 0.08rem 0 0.08rem 0.6rem; white-space: nowrap;
  font-variant-numeric: tabular-nums;}
.darkroom-trust td.bar {position: relative; width: 34%; padding: 0; height: 0.95rem;
  background-clip: content-box;}
.darkroom-trust td.bar i {position: absolute; top: 15%; height: 70%; border-radius: 2px;}
.darkroom-trust td.bar u {position: absolute; top: 46%; height: 8%; min-height: 1px;}
[class*="st-key-in_words"] p {font-size: 0.85rem; line-height: 1.4;}
.darkroom-picked dd {margin: 0; overflow-wrap: anywhere; font-weight: 400;}
.darkroom-picked dd > span {white-space: nowrap;}
</style>"""


# Streamlit writes white on a primary button whatever its colour; the dark theme's is a light blue.
ON_PRIMARY: dict[Theme, str] = {"light": "#ffffff", "dark": "#121417"}


def close_together() -> None:
    """Set the page's padding and the style of its few pieces of HTML."""
    button = '[data-testid="stBaseButton-primary"]'
    color = f"{button}, {button} * {{color: {ON_PRIMARY[theme()]} !important;}}"
    st.html(_STYLE.replace("</style>", f"{color}\n</style>"))
