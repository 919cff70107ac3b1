"""What is said about values that a playbook's file must not hold: one line for one mistake, in plain words."""

from collections.abc import Callable

import pytest

from shared.playbook import PlaybookError, PlaybookModel, load_yaml, nearest

Mistakes = Callable[[str | bytes], list[str]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rulez: []", "1:1: unknown key 'rulez'; did you mean 'rules'?"),
        ("VERSION: x", "1:1: unknown key 'VERSION'; did you mean 'version'?"),
        ("xyz: 1", "1:1: unknown key 'xyz'; known here: version, rules, hours, country"),
        ("version: 3", "1:10: found the number 3; text is expected; put it in quotes"),
        ("version: true", "1:10: found true; text is expected; put it in quotes"),
        ("version:", "1:9: found nothing; text is expected"),
        ("version: ''", "1:10: found empty text; text of at least 1 character is expected"),
        ("rules: {}", "1:8: found a mapping; a list is expected"),
        ("rules: 3", "1:8: found the number 3; a list is expected"),
        ("rules: [x]", "1:9: found text 'x'; a mapping (key: value) is expected"),
        ("rules:\n- points: 3", "2:3: the key 'id' is missing"),
        ("rules:\n- idd: a", "2:3: unknown key 'idd'; did you mean 'id'?"),
        ("rules: [{id: a, points: '15'}]", "1:25: found text '15'; a number is expected"),
        ("rules: [{id: a, points: true}]", "1:25: found true; a number is expected"),
        ("rules: [{id: a, window: 90d, half_life: 30d}]", "1:9: a rule has a window or a half_life, not both"),
        ("hours: {wed: []}", "1:9: found text 'wed'; 'mon' or 'sat' is expected"),
        ("hours: {mon: [9]}", "1:15: found the number 9; text is expected; put it in quotes"),
        ("rules: [{id: a, team: 3}]", "1:23: found the number 3; text or a list is expected"),
        ("rules: [{id: a, team: [is, 3]}]", "1:28: found the number 3; text is expected; put it in quotes"),
        (
            "rules: [{id: a, repeat: onec}]",
            "1:25: found text 'onec'; 'always' or 'once' is expected; did you mean 'once'?",
        ),
        (
            "rules: [{id: a, repeat: 3}]",
            "1:25: found the number 3; 'always' or 'once' or a mapping (key: value) is expected",
        ),
        ("rules: [{id: a, repeat: {at_most: 3}}]", "1:25: the key 'per' is missing"),
        (
            "rules: [{id: a, repeat: {at_most: 0, per: 30d}}]",
            "1:35: found the number 0; at least 1 is expected",
        ),
        ("rules: [{id: a, repeat: {once_par: x}}]", "1:26: unknown key 'once_par'; did you mean 'once_per'?"),
    ],
)
def test_one_mistake_gives_one_line_with_place_and_expectation(mistakes: Mistakes, text: str, line: str) -> None:
    assert mistakes(text) == [f"rules.yaml:{line}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rules:\n- id: a\n  points：60\n  team: is", "3:9: found a full-width '：'; write ':' and a space in half"),
        ("rules:\n- id: a\n　 points: 60", "3:1: found a full-width space; write a space in half width (ASCII)"),
        ("hours:\n　　mon: []", "2:1: found a full-width space; write a space in half width (ASCII)"),
        ("rules: [{id: a， points: 6}]", "1:15: found a full-width '，'; write ',' in half width (ASCII)"),
        ("rules: [{id: a, points: ６０}]", "1:25: found text '６０'; a number is expected; write 60 in half width"),
        (
            "hours:\n  mon：[]",
            "2:3: found text 'mon：[]'; a mapping (key: value) is expected; after 'mon' write ':' and a space in half",
        ),
    ],
)
def test_what_a_japanese_keyboard_writes_in_full_width_is_told_at_its_place(
    mistakes: Mistakes, text: str, line: str
) -> None:
    (told,) = mistakes(text)
    assert told.startswith(f"rules.yaml:{line}")


def test_full_width_signs_in_texts_and_comments_are_no_mistakes(mistakes: Mistakes) -> None:
    (told,) = mistakes("version: '競合：渡さない'  # 例：これ\nrules: [")
    assert "full-width" not in told


def test_every_mistake_of_a_file_is_told_in_the_order_of_the_file(mistakes: Mistakes) -> None:
    text = "version: 3\nrules:\n- {id: 1}\n- {id: a, onn: x}\nhours: {sun: []}"
    assert [line.split(": ")[0] for line in mistakes(text)] == [
        "rules.yaml:1:10",
        "rules.yaml:3:8",
        "rules.yaml:4:11",
        "rules.yaml:5:9",
    ]


def test_a_mistake_inside_an_alias_is_told_where_the_anchor_stands(mistakes: Mistakes) -> None:
    assert mistakes("rules: [&first {id: a, points: x}, *first]") == [
        "rules.yaml:1:32: found text 'x'; a number is expected"
    ]


def test_a_missing_key_of_the_whole_file_is_told_at_its_beginning(required_model: type[PlaybookModel]) -> None:
    with pytest.raises(PlaybookError, match=r"\Amql\.yaml:1:1: the key 'threshold' is missing\Z"):
        load_yaml("{}", "mql.yaml", required_model)


def test_long_values_are_cut_in_messages(mistakes: Mistakes) -> None:
    (line,) = mistakes("rules: [{id: a, points: " + "x" * 500 + "}]")
    assert len(line) < 120


def test_a_value_over_several_lines_is_told_on_one_line(mistakes: Mistakes) -> None:
    assert mistakes('rules: [{id: a, points: "two\\nlines\\e[31m"}]') == [
        "rules.yaml:1:25: found text 'two lines [31m'; a number is expected"
    ]
    assert mistakes('"two\\nlines": 1') == [
        "rules.yaml:1:1: unknown key 'two lines'; known here: version, rules, hours, country"
    ]


def test_names_that_differ_in_their_numbers_alone_are_not_taken_for_each_other() -> None:
    assert nearest("rep-03", ["rep-10", "rep-01"]) is None
    assert nearest("rpe-10", ["rep-10"]) == "rep-10"


def test_what_other_languages_call_an_operator_is_understood() -> None:
    assert [nearest(word, ["eq", "ge", "gt", "le", "lt", "ne"]) for word in ("gte", "LTE", ">=", "==")] == [
        "ge",
        "le",
        "ge",
        "eq",
    ]
