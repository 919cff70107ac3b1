"""Reading events: CloudEvents in structured and in binary mode, from whoever may have written them."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import from_json

from shared.events.event import Event
from shared.events.wording import describe

LARGEST_EVENT_BYTES = 256 * 1024
STRUCTURED = b"application/cloudevents"
_KINDS = {list: "array", str: "text", bool: "truth value", int: "number", float: "number", type(None): "null"}


class InvalidEventError(ValueError):
    """A record that is not an event of the contract; names the field and what was expected, never the value."""


def decode(value: bytes | None, headers: Mapping[str, bytes | None] | None = None) -> Event:
    """Read an event in structured mode, or in binary mode where `ce_` headers are present.

    Of a JSON key that stands twice in an object the last one counts. Raises InvalidEventError naming the field and
    what was expected; the text never holds the value.
    """
    attributes = binary_attributes(headers) if headers else {}
    if value is None and not attributes:
        raise InvalidEventError("the record is a tombstone; a CloudEvents JSON object is expected")
    if value is not None and len(value) > LARGEST_EVENT_BYTES:
        raise InvalidEventError(f"the record has {len(value)} bytes; at most {LARGEST_EVENT_BYTES} are expected")
    if attributes:
        fields = _texts(attributes) | {"data": _json_object(value or b"{}", "the data of the binary-mode record")}
    else:
        fields = _json_object(value or b"", "the record")
    try:
        return Event.model_validate(_with_readable_data(fields))
    except ValidationError as error:
        raise InvalidEventError(describe(error)) from None


def binary_attributes(headers: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """The `ce_` headers of binary mode; none where the content type says that the value is the whole event."""
    if (headers.get("content-type") or b"").startswith(STRUCTURED):
        return {}
    return {name: header for name, header in headers.items() if name.startswith("ce_")}


def _texts(attributes: Mapping[str, bytes | None]) -> dict[str, object]:
    texts: dict[str, object] = {}
    for name, header in attributes.items():
        if header is None:
            raise InvalidEventError(f"header {name} is null; UTF-8 text is expected")
        try:
            texts[name.removeprefix("ce_")] = header.decode()
        except UnicodeDecodeError:
            raise InvalidEventError(f"header {name} is not UTF-8 text") from None
    return texts


def _json_object(value: bytes, what: str) -> dict[str, object]:
    try:
        parsed = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidEventError(f"{what} is not valid JSON: {error}") from None
    if not isinstance(parsed, dict):
        kind = _KINDS.get(type(parsed), "value")
        raise InvalidEventError(f"{what} is a JSON {kind}; a CloudEvents JSON object is expected")
    return parsed


def _with_readable_data(fields: dict[str, object]) -> dict[str, object]:
    if "data_base64" in fields:
        raise InvalidEventError("data_base64: binary data is not read; a JSON object in `data` is expected")
    return fields
