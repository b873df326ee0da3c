import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.parts.selection import (
    PRESETS,
    SPLITS,
    Cell,
    Found,
    Ids,
    OfClass,
    Other,
    RuleError,
    Saved,
    lasso,
    listed_ids,
    parsed,
    written,
)

numbers = st.floats(-1e6, 1e6, allow_nan=False)
classes = st.integers(0, 10**9 - 1)
methods = st.from_regex(r"[a-z_]{1,20}", fullmatch=True)
rules = st.one_of(
    st.builds(
        lasso,
        methods,
        st.sampled_from(SPLITS),
        st.lists(st.tuples(numbers, numbers), min_size=3, max_size=64),
    ),
    st.builds(Cell, classes, classes),
    st.builds(Other, st.none() | classes),
    st.builds(Found, st.sampled_from(PRESETS)),
    st.builds(OfClass, classes),
    st.builds(Ids, st.lists(classes, min_size=1, max_size=50, unique=True).map(tuple)),
    st.builds(Saved, st.text(min_size=1)),
)


@given(rules)
def test_a_rule_comes_back_from_its_string(rule):
    assert parsed(written(rule)) == rule


@given(st.text())
def test_any_text_is_a_rule_or_one_line_that_says_why_not(text):
    complaint = ""
    try:
        parsed(text)
    except RuleError as error:
        complaint = str(error)
    assert "\n" not in complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "begins with lasso"),
        ("circle~3", "begins with lasso"),
        ("cell~3", "TRUE~PREDICTED"),
        ("cell~3~x", "number of a class, got 'x'"),
        ("cell~-1~2", "got '-1'"),
        ("class~", "got ''"),
        ("other~", "got ''"),
        ("other~x", "number of a class, got 'x'"),
        ("class~99999999999999999999", "number of a class"),
        ("preset~nicest", "misclassified"),
        ("ids~", "at least one"),
        ("ids~1,two", "got 'two'"),
        ("ids~" + ",".join(map(str, range(51))), "at most 50"),
        ("saved~", "no name"),
        ("lasso~tsne~test", "METHOD~SPLIT"),
        ("lasso~tsne~half~0,0;1,0;1,1", "train, test or all"),
        ("lasso~tsne~test~0,0;1,1", "3 to 64 corners, got 2"),
        ("lasso~tsne~test~" + ";".join(["0,0"] * 65), "got 65"),
        ("lasso~tsne~test~0,0;1;1,1", "got '1'"),
        ("lasso~tsne~test~0,0;nan,1;1,1", "got 'nan,1'"),
        ("lasso~tsne~test~0,0;inf,1;1,1", "got 'inf,1'"),
    ],
)
def test_a_broken_rule_says_what_was_expected(text, complaint):
    with pytest.raises(RuleError, match=complaint):
        parsed(text)


def test_a_lasso_of_64_corners_fits_a_link():
    corners = [(-123.456789 * i, 0.000123456789 * i) for i in range(64)]
    assert len(written(lasso("tsne_probabilities", "train", corners))) < 2000


def test_a_pasted_list_may_use_commas_spaces_and_lines():
    assert listed_ids("3, 1\n2;2 1") == (3, 1, 2)
