"""What the pages make of the words in an address."""

import pytest
from starlette.requests import Request

from services.kpi.pages.words import Words
from services.kpi.queries import LONGEST_PERIOD_DAYS, QueryError, days, language, lead_filter, wants_json


def asked(query: str, path: str = "/leads", accept: str = "") -> Request:
    headers = [(b"accept", accept.encode()), (b"host", b"kpi")]
    return Request({"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(("text", "found"), [("30", 30), ("007", 7), ("", None), ("9" * 5000, LONGEST_PERIOD_DAYS)])
def test_period_is_a_number_of_days_at_most_ten_years(text: str, found: int | None) -> None:
    assert days(asked(f"days={text}")) == found


@pytest.mark.parametrize("text", ["abc", "-7", "7.5", "0", "٣"])
def test_period_that_is_no_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"“days” of the address is “.*”; expected: a whole number of days"):
        days(asked(f"days={text}"))


@pytest.mark.parametrize("name", ["breached", "waiting", "unowned"])
@pytest.mark.parametrize(
    ("text", "holds"), [("1", True), ("true", True), ("0", False), ("false", False), ("False", False), ("", False)]
)
def test_no_means_no(name: str, text: str, holds: bool) -> None:
    assert getattr(lead_filter(asked(f"{name}={text}")), name) is holds


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("breached=maybe", "“breached” of the address is “maybe”; expected: 1 or true for yes"),
        ("stage=mqls", "“stage” of the address is “mqls”; expected: one of lead, nurturing, mql, sql,"),
        ("stage=%00", "“stage” of the address is"),
    ],
)
def test_choice_that_means_nothing_is_refused_by_name(query: str, sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        lead_filter(asked(query))


def test_language_that_the_pages_do_not_speak_is_refused() -> None:
    assert (language(asked("lang=ja")), language(asked(""))) == ("ja", None)
    with pytest.raises(QueryError, match="“lang” of the address is “fr”; expected: one of en, ja"):
        language(asked("lang=fr"))


def test_refusal_is_told_in_the_readers_language() -> None:
    with pytest.raises(QueryError) as refusal:
        days(asked("days=abc"))
    assert refusal.value.told(Words("ja")).startswith("アドレスの「days」が「abc」になっています。")


def test_endless_word_is_not_repeated_at_length() -> None:
    with pytest.raises(QueryError) as refusal:
        lead_filter(asked("stage=" + "x" * 5000))
    assert len(str(refusal.value)) < 300


def test_name_that_no_column_can_hold_is_never_sent_to_the_database() -> None:
    assert "\0" not in lead_filter(asked("owner=%00")).owner


@pytest.mark.parametrize(
    ("path", "query", "accept", "for_a_program"),
    [
        ("/leads", "", "text/html", False),
        ("/leads", "format=json", "text/html", True),
        ("/", "", "application/json", True),
        ("/kpi", "", "text/html", True),
        ("/stuck", "", "", True),
    ],
)
def test_program_is_answered_in_json(path: str, query: str, accept: str, for_a_program: bool) -> None:
    assert wants_json(asked(query, path, accept)) is for_a_program
