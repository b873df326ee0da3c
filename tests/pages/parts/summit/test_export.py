"""The graph as a page of PyVis."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.summit.heed import GRAPH
from tests.pages.toy_store import HOSTILE, write_toy_store
from tests.pages.toy_summit import count, edges, vertices, write_toy_summit

PAGE = Path(__file__).resolve().parents[4] / "pages/summit.py"


@pytest.fixture
def toy(store_folder):
    write_toy_store(store_folder)
    write_toy_summit(store_folder)


def exported(monkeypatch, *, whole, **parameters):
    """Return the page that an export asks for."""
    pages = []
    from pages.parts.summit import graph_view

    build = graph_view.pyvis_page

    def kept(*arguments, **named):
        pages.append(build(*arguments, **named))
        return pages[-1]

    monkeypatch.setattr(graph_view, "pyvis_page", kept)
    page = AppTest.from_file(str(PAGE), default_timeout=300)
    for word, value in parameters.items():
        page.query_params[word.rstrip("_")] = value
    page.session_state[GRAPH] = {
        "event": {"kind": "export", "whole": whole, "token": 7, "sequence": 1}
    }
    page.run()
    assert not page.exception
    assert len(pages) == 1  # a rerun for another reason makes no file
    page.run()
    assert len(pages) == 1
    return pages[0].decode()


def held(text):
    found = re.search(r"const held = (.*);\n", text)
    assert found is not None
    return json.loads(found[1])


def test_the_page_needs_nothing_from_elsewhere(toy, monkeypatch):
    text = exported(monkeypatch, whole=True)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    assert text.count("</script") == 2  # vis-network and the graph; nothing ends them early
    assert "<!--" not in text
    assert "default-src 'none'" in text


def test_the_whole_graph_has_all_vertices_and_edges(toy, monkeypatch):
    found = held(exported(monkeypatch, whole=True, least="12"))
    channels = [node for node in found["nodes"] if node["shape"] == "image"]
    assert len(channels) == len(vertices(0))
    assert len(found["edges"]) == len(edges(0))
    assert len({node["y"] for node in channels}) == 3


def test_what_is_shown_leaves_out_what_the_threshold_does(toy, monkeypatch):
    found = held(exported(monkeypatch, whole=False, least="12"))
    kept = {place for place in vertices(0) if count(0, *place) >= 12}
    assert 0 < len(kept) < len(vertices(0))
    assert len([node for node in found["nodes"] if node["shape"] == "image"]) == len(kept)
    joined = [(low, a, b) for low, a, b in edges(0) if {(low - 1, a), (low, b)} <= kept]
    assert len(found["edges"]) == len(joined)


def test_hostile_names_stay_text(toy, monkeypatch):
    text = exported(monkeypatch, whole=True, class_="0")
    assert HOSTILE[0] not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>top</b>" not in text
