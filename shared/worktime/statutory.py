"""Statutory holidays by country, from the `holidays` library."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Final

CATEGORIES: Final = frozenset({"public", "bank"})


def resolve_holidays(country: str, years: Iterable[int], subdivision: str | None = None) -> dict[date, str]:
    """Public and bank holidays of these years, with their names in the country's own language."""
    return {day: name for year in years for day, name in holidays_of_year(country, subdivision, year).items()}


@cache
def holidays_of_year(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Public and bank holidays of a year; none outside the years that the library knows."""
    from holidays import country_holidays

    known = country_holidays(country)
    resolved = country_holidays(
        country,
        subdiv=subdivision,
        years=year,
        categories=CATEGORIES & set(known.supported_categories),
        # Without a language the names would follow the machine's LANG, and a playbook's version with them.
        language=known.default_language,
    )
    return MappingProxyType(dict(sorted(resolved.items())))


def known_country(country: str) -> str:
    """The two-letter code itself. Raises ValueError for countries without known holidays."""
    if country not in _subdivisions_by_country():
        raise ValueError(f'no holidays are known for country "{country}": expected a two-letter code, such as JP')
    return country


def known_subdivision(country: str, subdivision: str) -> str:
    """The subdivision's code itself. Raises ValueError when the country has no such subdivision."""
    codes = _subdivisions_by_country()[country]
    if not codes:
        raise ValueError(f"{country} has no subdivisions: leave the key out")
    if subdivision not in codes:
        raise ValueError(f'{country} has no subdivision "{subdivision}": expected one of {", ".join(codes)}')
    return subdivision


@cache
def _subdivisions_by_country() -> Mapping[str, list[str]]:
    from holidays import list_supported_countries

    return list_supported_countries(include_aliases=False)
