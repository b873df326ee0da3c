"""A page as a test opens and reads it."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).resolve().parents[2] / "pages"


def opened(name, **parameters):
    """Return the page `name` after its first run, opened with these words in the URL.

    A word that Python keeps for itself is written with an underscore behind: `from_`.
    """
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=300)
    for word, value in parameters.items():
        page.query_params[word.rstrip("_")] = value
    page.run()
    assert not page.exception
    return page


def texts(page):
    """Return all that the page says in text."""
    elements = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error, *page.code]
    return "\n".join(str(element.value) for element in elements)


def html(page):
    """Return all HTML of the page."""
    return "\n".join(element.proto.body for element in page.get("html"))


def address(page):
    """Return the page's query parameters, each as one string."""
    return {
        word: value if isinstance(value, str) else value[-1]
        for word, value in page.query_params.items()
    }
