"""Regular expressions in conditions: those that cannot run away are taken, the others refused when the file loads."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.conditions.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"@(gmail|yahoo)\.(com|co\.jp)$", "sato@YAHOO.co.jp"),
        ("部長|課長", "営業部長"),
        (r"^https?://.*/pricing.*$", "https://example.test/en/pricing?x=1"),
        (r"\d{2,4}-\d{2,4}-\d{3,4}", "03-1234-5678"),
        (r"(?:\d{3}-){2}\d+", "123-456-7"),
        (r"[^\]\[]+\]", "x]"),
        ("(colou?r)?s", "colors"),
        ("{}", "{}"),
        ("a{,2}b", "b"),
        ("a*?b", "aab"),
        ("(?:ab)+", "abab"),
        ("^(株(式会社)?)?山田", "株式会社山田"),
    ],
)
def test_patterns_in_use_are_taken(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+$", "a repeated group must not hold"),
        ("(a*)*", "a repeated group must not hold"),
        ("(a|a)*b", "a repeated group must not hold"),
        ("(a?){30}", "a repeated group must not hold"),
        ("((ab){1,2}){1,3}", "a repeated group must not hold"),
        ("((ab){9}){9}", "a repeated group must not hold"),
        ("(x(a|b){2,9})*", "a repeated group must not hold"),
        (".*x.*", "could take too long"),
        ("^.*.*.*$", "could take too long"),
        ("^.*.*$|b", "could take too long"),
        ("a?" * 24, "could take too long"),
        ("a{2000}", "found a count of 2000; at most 1000 is expected"),
        (r"(a)\1", "back references"),
        ("(?=a)", "only (?: is supported"),
        ("(?i)a", "only (?: is supported"),
        ("(", "not a regular expression"),
        ("[[a]]", "not a regular expression"),
        ("\\", "not a regular expression"),
        ("a{99999999999}", "not a regular expression"),
        ("x" * 201, "the pattern has 201 characters; at most 200 are expected"),
    ],
)
def test_patterns_that_are_wrong_or_could_run_away_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        compile_pattern(pattern)


_PIECES = st.sampled_from(
    ["a", "b", "(", ")", "(?:", "|", "*", "+", "?", "{2}", "{1,3}", "{,}", ".", "^", "$", "[ab]", "[^a]", r"\d", "\\"]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_whatever_the_pattern_it_is_refused_or_comes_to_an_end_on_the_worst_text(pattern: str) -> None:
    try:
        matches = compile_pattern(pattern)
    except ValueError:
        return
    assert matches("a" * 2_000 + "!") in {True, False}
