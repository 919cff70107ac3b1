"""What may be written in a playbook's file, and what is said about a file that cannot be read."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.playbook import PlaybookModel, Whole, load_file
from shared.playbook.yaml_source import LONGEST_FILE, read_yaml

Mistakes = Callable[[str | bytes], list[str]]


class _Note(PlaybookModel):
    a: Whole
    b: str


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("09:30", "09:30"),
        ("1:30:00", "1:30:00"),
        ("2026-05-01", "2026-05-01"),
        ("1_000", "1_000"),
        ("15", 15),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("0o17", 15),
        ("0x1F", 31),
        ("'15'", "15"),
        ('"true"', "true"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("年末年始", "年末年始"),
        ("[a, 1]", ["a", 1]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_means_what_yaml_1_2_says(written: str, value: object) -> None:
    assert read_yaml(f"key: {written}", "f.yaml").value == {"key": value}


def test_keys_are_text_even_if_they_look_like_something_else() -> None:
    assert read_yaml("on: 1\nNO: 2\n5: 3\ntrue: 4", "f.yaml").value == {"on": 1, "NO": 2, "5": 3, "true": 4}


def test_a_yaml_1_1_heading_does_not_make_country_no_false() -> None:
    assert read_yaml("%YAML 1.1\n---\ncountry: NO", "f.yaml").value == {"country": "NO"}


def test_an_alias_repeats_the_value_of_its_anchor() -> None:
    assert read_yaml("a: &list [1, 2]\nb: *list\nc: &k key\n*k : d", "f.yaml").value == {
        "a": [1, 2],
        "b": [1, 2],
        "c": "key",
        "key": "d",
    }


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert load_file(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n", "f.yaml", _Note).model.b == "x\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1:1: the file is empty; keys with values are expected (write {} for none)"),
        ("# nothing but a comment", "1:1: the file is empty; keys with values are expected (write {} for none)"),
        ("- a", "1:1: found a list; keys with values (key: value) are expected"),
        ("only words", "1:1: found text 'only words'; keys with values (key: value) are expected"),
        ("a: 1\nb: 2\na: 3", "3:1: the key 'a' is there twice, first on line 1; keep one of them"),
        ("a:\n\tb: 1", "2:1: a tab is used for indentation; use spaces"),
        ("a: @b", "1:4: text that begins with '@' is written in quotes"),
        ("a: [1,\n2", "3:1: a ',' or ']' is missing; what is open began on line 1, column 4"),
        ("a: 'x", "1:6: a quotation mark is not closed"),
        ("a: 1\n---\nb: 1", "2:1: a second document begins here, a file holds one; remove the line '---'"),
        ("a: x\x00", "1:5: found the control character U+0000; remove it"),
        ('a: "\\0"', "1:4: text without NUL characters is expected"),
        ("a: \ud800", "1:4: found the control character U+D800; remove it"),
        ("a: &x {b: *x}", "1:11: *x stands inside the value &x, in a cycle; a value cannot hold itself"),
        ("a: &one 1\nb: *ona", "2:4: *ona has no anchor &ona above it; did you mean *one?"),
        ("a: !!python/name:x y", "1:4: found the tag !!python/name:x; remove it: a playbook is made of plain values"),
        ("a: &b {c: 1}\nd:\n  <<: *b", "3:3: merge keys (<<) are not part of YAML 1.2; write the keys out"),
        ("? [a]\n: 1", "1:3: found a list or mapping as a key; a key is text"),
        ("? \n: 1", "1:2: a key is missing before the ':'"),
        ("a: .nan", "1:4: found the number .nan; a finite number of at most 10^15 is expected"),
        ("a: 1e400", "1:4: found the number 1e400; a finite number of at most 10^15 is expected"),
        ("a: " + "9" * 5000, "1:4: found the number " + "9" * 39 + "…; a finite number of at most 10^15 is expected"),
        ("a: " + "[" * 5000, "1:103: lists and mappings are nested more than 100 deep"),
        ("%YAML 3.0\n---\na: 1", "1:1: YAML 1.2 is expected"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_place_and_reason(mistakes: Mistakes, text: str, line: str) -> None:
    assert mistakes(text) == [f"rules.yaml:{line}"]


def test_bytes_that_are_not_utf_8_are_refused_at_their_place(mistakes: Mistakes) -> None:
    assert mistakes("version: x\ncountry: 営業".encode("shift_jis")) == [
        "rules.yaml:2:10: found the byte 0x89; UTF-8 text is expected: save the file as UTF-8"
    ]


def test_aliases_that_multiply_without_end_are_refused(mistakes: Mistakes) -> None:
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    (line,) = mistakes("a0: &a0 [1]\n" + levels)
    assert line == "rules.yaml:6:25: aliases such as *a4 repeat more than 100000 values"


def test_a_file_beyond_eight_million_characters_is_refused(mistakes: Mistakes) -> None:
    text = "#" * (LONGEST_FILE + 1)
    assert mistakes(text) == ["rules.yaml:1:1: the file has 8000001 characters; at most 8000000 are expected"]


def test_ten_thousand_rules_are_loaded(rules_model: type[PlaybookModel]) -> None:
    text = "rules:\n" + "".join(f"- {{id: r{i}, when: {{field: kind, op: eq, value: k{i}}}}}\n" for i in range(10_000))
    loaded = load_file(text, "rules.yaml", rules_model)
    assert len(loaded.model.model_dump()["rules"]) == 10_000
    assert loaded.positions.locate(("rules", 9_999, "when", "value")) == (10_001, 50)


def test_all_mistakes_that_can_be_told_at_once_are_told_at_once(mistakes: Mistakes) -> None:
    assert len(mistakes("a: 1\na: 2\nb: *x\nc: !t x\nd: .inf")) == 4


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ((), (1, 1)),
        (("rules",), (2, 3)),
        (("rules", 1), (3, 5)),
        (("rules", 1, "points"), (4, 13)),
        (("rules", 1, "absent"), (3, 5)),
        (("rules", 7, "id"), (2, 3)),
    ],
)
def test_a_check_between_files_can_point_at_any_value(
    rules_model: type[PlaybookModel], path: tuple[str | int, ...], position: tuple[int, int]
) -> None:
    loaded = load_file("rules:\n  - id: a\n  - id: b\n    points: 3\n", "rules.yaml", rules_model)
    assert loaded.positions.locate(path) == position
    assert str(loaded.problem(path, "no such pool")) == f"rules.yaml:{position[0]}:{position[1]}: no such pool"


def test_a_check_between_files_can_point_at_a_key() -> None:
    positions = read_yaml("a:\n  b: 1", "f.yaml")
    assert positions.locate_key(("a", "b")) == (2, 3)
    assert positions.locate_key(("a", "x")) == (2, 3)
    assert positions.locate_key(("x", "y")) == (1, 1)
    assert positions.locate_key(()) == (1, 1)


_FRAGMENTS = st.sampled_from(
    [
        "rules", "id", "when", "all", "not", "field", "op", "eq", "value", "version", "repeat", "at_most", "per", ": ",
        ":", "\n", "\n  ", "\n- ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a", "!!int ", "'", '"', "|", ">", "#", "%",
        "? ", "\t", "\x00", "1e999", ".nan", "---\n", "...", "<<", "~", "9" * 5000, "営業", "\ufeff", "\u2028", "\\",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_FRAGMENTS, max_size=40).map("".join) | st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_is_written_gives_a_playbook_or_lines_with_a_place(mistakes: Mistakes, text: str | bytes) -> None:
    assert all(re.match(r"rules\.yaml:[1-9]\d*:[1-9]\d*: \S", line) for line in mistakes(text))


_NAMES = st.sampled_from(["version", "rules", "hours", "id", "on", "when", "points", "repeat", "team", "all", "field"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
)


@settings(deadline=None)
@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_values_of_any_type_in_any_place_are_spoken_of_in_plain_words(
    mistakes: Mistakes, values: dict[str, object]
) -> None:
    jargon = re.compile(r"Input should|pydantic|a valid|tuple|dict\b|https?://")
    assert not any(jargon.search(line) for line in mistakes(json.dumps(values)))
