"""The link from a card to the lead's page in the CRM."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

LEAD_ID: Final = "{lead_id}"
_LONGEST: Final = 500
_NO_PART_OF_AN_ADDRESS = re.compile(r"[\s<>|\"'`\\^{}\x00-\x1f\x7f]")


def lead_page(template: str, lead_id: str, label: str) -> str:
    """A link to the lead's page elsewhere; `template` is one that `mistakes_in` finds none in."""
    page = template.replace(LEAD_ID, quote(lead_id, safe="")).replace("&", "&amp;")
    return f"<{page}|{label}>"


def mistakes_in(template: str) -> Iterator[str]:
    """What keeps a text from being the address of leads' pages, in words."""
    try:
        address = urlsplit(template.replace(LEAD_ID, "", 1))
        host, login = address.hostname, address.username
        named = LEAD_ID in urlsplit(template).netloc
    except ValueError:
        yield "it cannot be read as an address"
        return
    if address.scheme not in ("https", "http") or not host:
        yield "it begins with neither https:// nor http:// and a host"
    if LEAD_ID not in template:
        yield f"it has no {LEAD_ID}, where the lead's id goes"
    if named or login is not None:
        yield "its host holds the lead's id or a login"
    if _NO_PART_OF_AN_ADDRESS.search(template.replace(LEAD_ID, "")):
        yield f"it holds a character that no address has, or other braces than {LEAD_ID}"
    if len(template) > _LONGEST:
        yield f"it is longer than {_LONGEST} characters"
