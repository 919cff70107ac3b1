"""Names of time zones: those of the IANA database, and what people write for them."""

from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

ABBREVIATED: Final = {
    "AEST": "Australia/Sydney",
    "BST": "Europe/London",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "HKT": "Asia/Hong_Kong",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "SGT": "Asia/Singapore",
}
"""Where the abbreviations are used that people write for a zone, and the IANA database does not know."""


def known_zone(name: str) -> str:
    """The zone's name itself. Raises ValueError, with the nearest name, when it is not in the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        meant = _meant_zone(name)
        hint = f'; did you mean "{meant}"?' if meant else ""
        raise ValueError(f'unknown time zone "{name}": expected an IANA name, such as Asia/Tokyo{hint}') from None
    return name


def _meant_zone(name: str) -> str | None:
    zones = sorted(available_timezones())
    city = next((zone for zone in zones if zone.rpartition("/")[2].casefold() == name.casefold()), None)
    near = get_close_matches(name, zones, n=1)
    return ABBREVIATED.get(name.upper()) or city or (near[0] if near else None)
