"""What the address of a page asks for; what is not understood is refused by name, never guessed."""

from collections.abc import Iterable
from typing import Final, get_args

from starlette.requests import Request

from services.kpi.pages.words import Words
from services.kpi.standing import ShownStage
from services.kpi.views import LeadFilter
from shared.locales import LOCALES, Locale, locale_named

LONGEST_PERIOD_DAYS: Final = 3660
LONGEST_SHOWN: Final = 60
NUL: Final = "\x00"
"""No column of Postgres holds it, so nothing is found under a name with one."""
_FLAGS: Final = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("", "0", "false", "no", "off"), False)
_JSON_ALONE: Final = frozenset({"/kpi", "/stuck"})


class QueryError(ValueError):
    """A part of an address means nothing; `expected` is the key of the words for what it may be."""

    def __init__(self, name: str, given: str, expected: str, known: Iterable[str] = ()) -> None:
        self.name = name
        self._given = given if len(given) <= LONGEST_SHOWN else f"{given[:LONGEST_SHOWN]}…"
        self._expected = expected
        self._known = ", ".join(known)
        super().__init__(self.told(Words("en")))

    def told(self, words: Words) -> str:
        """Which part it is, what it says and what was expected, in a sentence that is not escaped."""
        expected = words(self._expected, known=self._known)
        return words("expected", name=self.name, given=self._given, expected=expected)


def days(request: Request) -> int | None:
    """How many days back, at most ten years; None, for all time, where it is absent. Raises QueryError."""
    text = request.query_params.get("days", "")
    if not text:
        return None
    digits = text.lstrip("0")
    if not digits.isascii() or not digits.isdigit():
        raise QueryError("days", text, "expected_days")
    return LONGEST_PERIOD_DAYS if len(digits) > len(str(LONGEST_PERIOD_DAYS)) else min(int(digits), LONGEST_PERIOD_DAYS)


def language(request: Request) -> Locale | None:
    """The language that was asked for, if any. Raises QueryError."""
    text = request.query_params.get("lang", "")
    if not text:
        return None
    if (asked := locale_named(text)) is None:
        raise QueryError("lang", text, "expected_one_of", LOCALES)
    return asked


def lead_filter(request: Request) -> LeadFilter:
    """Which leads are to be listed. Raises QueryError."""
    stage = request.query_params.get("stage", "")
    if stage and stage not in get_args(ShownStage):
        raise QueryError("stage", stage, "expected_one_of", get_args(ShownStage))
    return LeadFilter(
        stage=stage,
        team=_name(request, "team"),
        owner=_name(request, "owner"),
        unowned=_flag(request, "unowned"),
        breached=_flag(request, "breached"),
        waiting=_flag(request, "waiting"),
    )


def _name(request: Request, name: str) -> str:
    return request.query_params.get(name, "").replace(NUL, "\ufffd")


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "")
    known = _FLAGS.get(text.lower())
    if known is None:
        raise QueryError(name, text, "expected_flag")
    return known


def wants_json(request: Request) -> bool:
    """Whether a program asks."""
    if request.url.path in _JSON_ALONE or request.query_params.get("format") == "json":
        return True
    return "application/json" in request.headers.get("accept", "")
