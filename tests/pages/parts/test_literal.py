import pytest

from pages.parts.literal import literal, plain, shortened


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cat", "cat"),
        ("**bold** $x$", r"\*\*bold\*\* \$x\$"),
        ("<script>", r"\<script\>"),
        (":red[a]", r"\:red\[a\]"),
        ("www.a.b", r"www\.a\.b"),
        ("two\nlines", "two lines"),
        ("\u202egnp.exe", r" gnp\.exe"),
        ("🙂", "🙂"),
    ],
)
def test_markdown_shows_a_name_as_it_is_written(name, shown):
    assert literal(name) == shown


def test_a_long_name_is_cut_with_an_ellipsis():
    assert shortened("a" * 30, 10) == "a" * 9 + "…"
    assert shortened("short", 10) == "short"


def test_a_plain_name_stays_on_one_line():
    assert plain("a\x00\tb\u2028c") == "a b c"
