"""What is no event, and in which words it is refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import LARGEST_EVENT_BYTES, type_registry
from shared.events.catalogue.samples import sample
from tests.unit.events.envelopes import PLAIN, refusal, written

CANARY = "canary@example.jp"
NOT_JSON = "the record is not valid JSON: "
NO_TIME = "time: a time is written as text with its zone, such as 2026-04-01T09:12:33+09:00"
NO_ZONE = "time: a time needs its zone, such as 2026-04-01T09:12:33+09:00"
OUT_OF_RANGE = "time: a time lies between the years 1900 and 2200"
REQUIRED = (
    "id is missing: every event of a source has its own; "
    "source is missing: the system that tells of the event is expected, such as urn:crm; "
    "type is missing: what happened is expected, such as form.submitted; "
    "subject is missing: the id of the lead is expected; "
    "time is missing: when it happened is expected, with its zone, such as 2026-04-01T09:12:33+09:00"
)


@pytest.mark.row(29, 31)
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "the record is a tombstone; a CloudEvents JSON object is expected"),
        (b"[1]", "the record is a JSON array; a CloudEvents JSON object is expected"),
        (b'"x"', "the record is a JSON text; a CloudEvents JSON object is expected"),
        (b"null", "the record is a JSON null; a CloudEvents JSON object is expected"),
        (b"true", "the record is a JSON truth value; a CloudEvents JSON object is expected"),
        (b"1", "the record is a JSON number; a CloudEvents JSON object is expected"),
        (b"{}", REQUIRED),
        (written(data_base64="AA=="), "data_base64: binary data is not read; a JSON object in `data` is expected"),
        (written(specversion="0.3"), "specversion: '1.0' is expected"),
        (written(subject=""), "subject: text of at least 1 character is expected"),
        (written(id="x" * 201), "id: text of at most 200 characters is expected"),
        (written(source=7), "source: text is expected"),
        (written(type=None), "type: text is expected"),
        (written(receivedat=1), NO_TIME.replace("time", "receivedat", 1)),
        (written(data=[1]), "data: a JSON object is expected"),
        (written(data="{}"), "data: a JSON object is expected"),
        (written(data={"asset_id": 7}), "data.asset_id: text is expected"),
        (written(data={"backfill": "yes"}), "data.backfill: true or false is expected"),
        (written(data={"own": "a\x00b"}), "data.own: text without NUL characters is expected"),
        (written(data={"own": {"a\x00": 1}}), "data.own: text without NUL characters is expected"),
        (written(data={"own": 2**70}), "data.own: a finite number of at most 10^15 is expected"),
        (written(data={"own": [-(2**70)]}), "data.own: a finite number of at most 10^15 is expected"),
        (written(data={"own": json.loads("[" * 17 + "]" * 17)}), "data.own: at most 16 levels of nesting is expected"),
    ],
)
def test_what_is_no_event_is_refused_in_words(value: bytes | None, told: str) -> None:
    assert refusal(value) == told


@pytest.mark.row(31)
@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-04-01T09:12:33", NO_ZONE),
        ("2026-04-01 09:12", NO_ZONE),
        (1700000000, NO_TIME),
        (1700000000.5, NO_TIME),
        ("1700000000", NO_TIME),
        ("2026-04-01", NO_TIME),
        (True, NO_TIME),
        (None, NO_TIME),
        ("1899-12-31T23:59:59Z", OUT_OF_RANGE),
        ("1900-01-01T00:00:00+00:01", OUT_OF_RANGE),
        ("2200-01-01T00:00:00Z", OUT_OF_RANGE),
        ("0001-01-01T00:00:00+09:00", OUT_OF_RANGE),
        ("9999-12-31T23:59:59-09:00", OUT_OF_RANGE),
        ("2026-02-30T00:00:00Z", NO_TIME),
        (
            "2026-04-01T24:00:00Z",
            NO_TIME,
        ),
        ("12:30", NO_TIME),
        ("1700000000:", NO_TIME),
    ],
)
def test_a_time_without_zone_as_a_number_or_out_of_range_is_refused_in_words(time: object, told: str) -> None:
    assert refusal(written(time=time)).startswith(told)


@pytest.mark.row(29, 31)
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\xff",
        b"{'id': 1}",
        written() + b"x",
        written().replace(b'"wp-7"', b"NaN"),
        written().replace(b'"wp-7"', b"-Infinity"),
        written().replace(b"wp-7", rb"\ud800"),
        written().replace(b"wp-7", b"\xed\xa0\x80"),
        written().replace(b'"wp-7"', b"[" * 300 + b"]" * 300),
    ],
)
def test_what_is_not_json_is_refused_with_the_place_of_the_mistake(value: bytes) -> None:
    told = refusal(value)
    assert told.startswith(NOT_JSON)
    assert "line" in told


@pytest.mark.row(31)
def test_a_number_that_is_infinite_by_its_size_is_refused() -> None:
    assert "own: a finite number" in refusal(written(data={"own": 1}).replace(b'"own": 1', b'"own": 1e999'))
    assert "minutes: " in refusal(written(type="product.used", data={"minutes": 1}).replace(b": 1}", b": 1e999}"))


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ({"amount": 1, "currency": "yen"}, "currency: a currency of three capital letters is expected, such as JPY"),
        ({"amount": 1}, 'currency is missing: {"amount": 100, "currency": "JPY"} is expected'),
        ({"amount": "1", "currency": "JPY"}, "amount: a number is expected"),
        ({"amount": 1e16, "currency": "JPY"}, "amount: at most 1000000000000000.0 is expected"),
    ],
)
def test_a_mistake_deep_in_the_data_is_told_with_its_whole_path(price: object, told: str) -> None:
    assert refusal(written(type="opportunity.opened", data={"amount": price})) == f"data.amount.{told}"


@pytest.mark.parametrize("letter", ["\x00", "\n", "\x7f"])
@pytest.mark.parametrize("field", ["id", "source", "type", "subject"])
def test_control_characters_are_refused_where_a_name_is_expected(field: str, letter: str) -> None:
    assert refusal(written(**{field: f"a{letter}b"})) == f"{field}: no control characters are allowed"


def test_one_byte_more_than_the_size_limit_is_refused() -> None:
    value = written(padding="x" * (LARGEST_EVENT_BYTES + 1 - len(written(padding=""))))
    assert refusal(value) == f"the record has {len(value)} bytes; at most {LARGEST_EVENT_BYTES} are expected"


@pytest.mark.parametrize(
    ("header", "told"),
    [(None, "header ce_id is null; UTF-8 text is expected"), (b"\xff", "header ce_id is not UTF-8 text")],
)
def test_a_header_that_is_no_text_is_refused_in_words(header: bytes | None, told: str) -> None:
    assert refusal(b"{}", {"ce_specversion": b"1.0", "ce_id": header}) == told


def test_the_data_of_binary_mode_is_a_json_object_too() -> None:
    told = refusal(b"[]", {"ce_id": b"1"})
    assert told == "the data of the binary-mode record is a JSON array; a CloudEvents JSON object is expected"


DECLARED = sorted(
    (name, field.alias or field_name)
    for name, model in type_registry.items()
    for field_name, field in model.model_fields.items()
)


@pytest.mark.parametrize(("name", "field"), DECLARED)
def test_a_field_of_the_wrong_type_is_refused_by_its_name(name: str, field: str) -> None:
    data = sample(name).data.model_dump(mode="json") | {field: [{"wrong": [1]}]}
    assert refusal(written(type=name, data=data)).startswith(f"data.{field}")


def test_no_more_than_five_mistakes_are_told_and_a_long_name_is_cut_short() -> None:
    told = refusal(written(data={f"{'x' * 100}{number}": "\x00" for number in range(9)}))
    assert told.count("text without NUL") == 5
    assert f"data.{'x' * 60}…: text without NUL characters is expected" in told


def test_the_name_of_an_unknown_field_is_told_without_control_characters() -> None:
    assert refusal(written(data={"a\nb\x1b": "\x00"})) == "data.a?b?: text without NUL characters is expected"


wrong = st.sampled_from([CANARY, [CANARY], {"x": CANARY}, {"x": [CANARY + "\x00"]}, CANARY + "\x00", CANARY * 2_000])


@given(st.sampled_from(sorted(PLAIN)), wrong)
def test_a_refusal_never_repeats_what_the_envelope_held(field: str, value: object) -> None:
    whole = written(**{field: value, "specversion": "2.0"})
    assert CANARY not in refusal(whole)
    assert CANARY not in refusal(whole[:-1])


@given(st.sampled_from(DECLARED), wrong)
def test_a_refusal_never_repeats_what_the_data_held(declared: tuple[str, str], value: object) -> None:
    name, field = declared
    assert CANARY not in refusal(written(type=name, data={field: value, "own": 2**70}))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_written_with_any_number_of_digits_is_read_or_refused_in_words(number: Decimal) -> None:
    value = written(data={"own": 1}).replace(b'"own": 1', f'"own": {number}'.encode())
    if abs(number) > 10**15:
        assert "own: a finite number" in refusal(value)


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (100, 'data.amount: {"amount": 100, "currency": "JPY"} is expected'),
        (
            {"value": 100, "currency": "JPY"},
            (
                'data.amount.amount is missing: {"amount": 100, "currency": "JPY"} is expected; '
                'data.amount.value is no part of an amount of money: {"amount": 100, "currency": "JPY"} is expected'
            ),
        ),
    ],
)
def test_an_amount_of_another_shape_is_answered_with_the_shape(price, told):
    assert refusal(written(type="opportunity.won", data={"amount": price})) == told
