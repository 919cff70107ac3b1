"""A condition in one line for people."""

import pytest

from shared.conditions import explain, parse_condition


def _leaf(field: str, op: str, value: object = None) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


_BIG = _leaf("employees", "ge", 1000)
_CASE = _leaf("kind", "eq", "case_study")


@pytest.mark.parametrize(
    ("condition", "english", "japanese"),
    [
        (_CASE, "kind is case_study", "kind が case_study"),
        (_leaf("kind", "ne", "x"), "kind is not x", "kind が x 以外"),
        (_leaf("n", "in", [1, "a"]), "n is one of 1, a", "n が 1, a のいずれか"),
        (_leaf("n", "not_in", []), "n is none of (nothing)", "n が (なし) のいずれでもない"),
        (_leaf("n", "lt", 3), "n < 3", "n < 3"),
        (_leaf("n", "le", 3), "n ≤ 3", "n ≤ 3"),
        (_leaf("n", "gt", "2026-05-01"), "n > 2026-05-01", "n > 2026-05-01"),
        (_leaf("name", "contains", "銀行"), "name contains 銀行", "name に 銀行 を含む"),
        (_leaf("name", "matches", "^a{2}"), "name matches /^a{2}/", "name が /^a{2}/ に一致"),
        (_leaf("name", "exists"), "name is known", "name がある"),
        (_leaf("name", "exists", False), "name is not known", "name がない"),
        (_leaf("phase", "changed_to", True), "phase became true", "phase が true に変わった"),
        (
            {"all": [_BIG, _CASE]},
            "employees ≥ 1000 and kind is case_study",
            "employees ≥ 1000 かつ kind が case_study",
        ),
        (
            {"all": [_BIG, {"any": [_CASE, _leaf("a", "exists")]}]},
            "employees ≥ 1000 and (kind is case_study or a is known)",
            "employees ≥ 1000 かつ (kind が case_study または a がある)",
        ),
        (
            {"any": [{"all": [_BIG, _CASE]}, {"any": [_CASE]}]},
            "(employees ≥ 1000 and kind is case_study) or kind is case_study",
            "(employees ≥ 1000 かつ kind が case_study) または kind が case_study",
        ),
        ({"not": _CASE}, "not (kind is case_study)", "「kind が case_study」ではない"),
        ({"all": []}, "always", "常に"),
        ({"any": []}, "never", "該当なし"),
    ],
)
def test_a_condition_is_explained_in_both_languages(condition: object, english: str, japanese: str) -> None:
    parsed = parse_condition(condition)
    assert (explain(parsed), explain(parsed, locale="ja")) == (english, japanese)
