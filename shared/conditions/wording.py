"""A condition in one line for people, in English or Japanese."""

from collections.abc import Mapping

from pydantic import JsonValue

from shared.conditions.tree import AllOf, AnyOf, Comparison, Condition, Not
from shared.locales import Locale

_COMPARISONS: Mapping[Locale, Mapping[str, str]] = {
    "en": {
        "eq": "{field} is {value}",
        "ne": "{field} is not {value}",
        "in": "{field} is one of {value}",
        "not_in": "{field} is none of {value}",
        "contains": "{field} contains {value}",
        "matches": "{field} matches /{value}/",
        "changed_to": "{field} became {value}",
        "known": "{field} is known",
        "unknown": "{field} is not known",
    },
    "ja": {
        "eq": "{field} が {value}",
        "ne": "{field} が {value} 以外",
        "in": "{field} が {value} のいずれか",
        "not_in": "{field} が {value} のいずれでもない",
        "contains": "{field} に {value} を含む",
        "matches": "{field} が /{value}/ に一致",
        "changed_to": "{field} が {value} に変わった",
        "known": "{field} がある",
        "unknown": "{field} がない",
    },
}
_SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}
_AND: Mapping[Locale, str] = {"en": " and ", "ja": " かつ "}
_OR: Mapping[Locale, str] = {"en": " or ", "ja": " または "}
_ALWAYS: Mapping[Locale, str] = {"en": "always", "ja": "常に"}
_NEVER: Mapping[Locale, str] = {"en": "never", "ja": "該当なし"}
_NEGATED: Mapping[Locale, str] = {"en": "not ({part})", "ja": "「{part}」ではない"}
_NO_VALUES: Mapping[Locale, str] = {"en": "(nothing)", "ja": "(なし)"}


def explain(condition: Condition, locale: Locale = "en") -> str:
    """One line such as `employees ≥ 1000 and kind is case_study`."""
    match condition:
        case Comparison():
            return _comparison(condition, locale)
        case Not():
            return _NEGATED[locale].replace("{part}", explain(condition.negated, locale))
        case AllOf():
            return _AND[locale].join(_parts(condition, locale)) or _ALWAYS[locale]
        case AnyOf():
            return _OR[locale].join(_parts(condition, locale)) or _NEVER[locale]


def _parts(branch: AllOf | AnyOf, locale: Locale) -> list[str]:
    other = AnyOf if isinstance(branch, AllOf) else AllOf
    lines = [(part, explain(part, locale)) for part in branch.parts]
    return [f"({line})" if isinstance(part, other) and len(part.parts) > 1 else line for part, line in lines]


def _comparison(leaf: Comparison, locale: Locale) -> str:
    if leaf.op in _SIGNS:
        return f"{leaf.field} {_SIGNS[leaf.op]} {_shown(leaf.value, locale)}"
    known = "known" if leaf.value is True else "unknown"
    wording = _COMPARISONS[locale][known if leaf.op == "exists" else leaf.op]
    return wording.format(field=leaf.field, value=_shown(leaf.value, locale))


def _shown(value: JsonValue, locale: Locale) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(item, locale) for item in value) or _NO_VALUES[locale]
    return str(value).lower() if isinstance(value, bool) else str(value)
