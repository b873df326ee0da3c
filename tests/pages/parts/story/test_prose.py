import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.parts.literal import literal
from pages.parts.story.prose import prose

SAFE = {"p", "ul", "ol", "li", "strong", "em", "small", "code", "a", "br", "h3", "h4", "h5", "h6"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    tags = Tags()
    tags.feed(prose(text))
    tags.close()
    return tags


def test_the_usual_marks_are_understood():
    assert prose("**a** *b* `c<d`") == ("<p><strong>a</strong> <em>b</em> <code>c&lt;d</code></p>")
    assert prose("- a\n- b\n  c") == "<ul><li>a</li><li>b\nc</li></ul>"
    assert prose("1. a\n2. b") == "<ol><li>a</li><li>b</li></ol>"
    assert prose("##### T\nrest") == "<h5>T</h5>\n<p>rest</p>"
    assert prose("a\n\nb") == "<p>a</p>\n<p>b</p>"
    assert prose("a  \nb") == "<p>a<br>b</p>"
    assert '<a href="https://x.org/a"' in prose("[b](https://x.org/a)")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "![a](https://x.org/pixel.png)",
        '[a](https://x.org/"onmouseover="alert(1))',
        "**<b onclick=x>**",
        "`</code><script>`",
        "[<img src=x>](https://x.org)",
    ],
)
def test_hostile_markdown_stays_text(text):
    found = read(text)
    assert set(found.tags) <= SAFE
    assert {name for _, name, _ in found.attributes} <= {"href", "target", "rel"}
    assert all(v.startswith("https://x.org") for _, name, v in found.attributes if name == "href")


def test_a_picture_from_elsewhere_is_no_picture_and_no_link():
    assert read("![a](https://x.org/pixel.png)").attributes == []


@given(st.text(alphabet="*`[]()<>!#-\\\n a1:/\"'&small", max_size=60))
def test_no_text_makes_anything_but_the_safe_tags(text):
    found = read(text)
    assert set(found.tags) <= SAFE
    assert {name for _, name, _ in found.attributes} <= {"href", "target", "rel"}


@given(st.text(min_size=1, max_size=40))
def test_what_is_made_literal_shows_literally(text):
    shown = "".join(read(literal(text)).text)
    unseen = r"[\s\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]+"
    assert re.sub(unseen, "", shown) == re.sub(unseen, "", text)
