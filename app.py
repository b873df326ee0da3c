"""The dashboard as an application: ``streamlit run app.py`` or ``uvicorn app:app``.

It adds two routes, thumbnails and pictures of channels, to the router script in
``pages/shell/main.py``.
"""

import os
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

os.environ["DARKROOM_ROUTE"] = "1"  # tells the pages that thumbnails have an address

from pages.parts.summit.pictures import channel_picture
from pages.parts.thumbnails import thumbnail_png

# The key names the content. A picture may come from anybody's pack: it is never taken for a page.
FOREVER = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


def thumbnail(request: Request) -> Response:
    """Answer with one sample's picture as PNG, or 404."""
    path = request.path_params
    png = thumbnail_png(path["study"], path["key"], path["sample_id"])
    if png is None:
        return Response(status_code=404)
    return Response(png, media_type="image/png", headers=FOREVER)


def channel(request: Request) -> Response:
    """Answer with a picture of a channel or one of its image patches, or 404."""
    found = channel_picture(**request.path_params)
    if found is None:
        return Response(status_code=404)
    return Response(found[0], media_type=found[1], headers=FOREVER)


BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
PREFIX = f"/{BASE}" if BASE else ""
app = st.App(
    Path(__file__).parent / "pages/shell/main.py",
    routes=[
        Route(f"{PREFIX}/thumbnails/{{study}}/{{key}}/{{sample_id:int}}.png", thumbnail),
        Route(
            f"{PREFIX}/channels/{{study}}/{{key}}/{{kind}}/{{layer:int}}/{{channel:int}}/{{number:int}}",
            channel,
        ),
    ],
)
