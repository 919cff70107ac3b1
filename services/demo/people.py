"""Who the leads of the seeded company are: name, account, title, and how they behave."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from services.demo import words
from services.demo.records import Data

T = TypeVar("T")
Character = Literal["hot", "warm", "browsing", "scanned", "competitor", "student"]
CHARACTERS: Final[tuple[tuple[Character, int], ...]] = (
    ("hot", 19), ("warm", 25), ("browsing", 46), ("scanned", 5), ("competitor", 2), ("student", 3),
)  # fmt: skip
"""Shares in percent."""


@dataclass(frozen=True, slots=True)
class Person:
    """A lead of the seeded company."""

    lead_id: str
    character: Character
    lead_source: str
    profile: Data


def weighted(rng: random.Random, choices: Sequence[tuple[T, int]]) -> T:
    """One of (choice, weight)."""
    return rng.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]


def person(rng: random.Random, lead_id: str, character: Character | None = None) -> Person:
    """A lead; the same generator state gives the same person."""
    chosen: Character = weighted(rng, CHARACTERS) if character is None else character
    source = "web" if chosen == "student" else weighted(rng, words.SOURCES)
    return Person(lead_id, chosen, source, _profile(rng, lead_id, chosen))


def _profile(rng: random.Random, lead_id: str, character: Character) -> Data:
    family, romaji = rng.choice(words.FAMILY)
    industry = rng.choice(sorted(words.COMPANY_ENDS))
    level = "student" if character == "student" else weighted(rng, words.TITLE_LEVELS)
    number = rng.randrange(1000, 9999)
    private = character in ("browsing", "student") and rng.random() < 0.3
    profile: Data = {
        "name": f"{family} {rng.choice(words.GIVEN)}",
        "email": f"{romaji}{number}@{'gmail' if private else f'company-{number}'}.example",
        "title": rng.choice(words.TITLES[level]),
        "title_level": level,
        "company": company(rng, industry),
        "industry": industry,
        "employees": employees(rng),
        "prefecture": weighted(rng, words.PREFECTURES),
        "account_id": f"acc-{lead_id.removeprefix('lead-')}",
    }
    if character != "student":
        profile["department"] = weighted(rng, words.DEPARTMENTS)
    return profile | ({"competitor": True} if character == "competitor" else {})


def company(rng: random.Random, industry: str) -> str:
    return f"株式会社{rng.choice(words.COMPANY_STEMS)}{rng.choice(words.COMPANY_ENDS[industry])}"


def employees(rng: random.Random) -> int:
    """Number of employees, log-normal: half of the companies have fewer than 220."""
    return min(60_000, max(5, round(rng.lognormvariate(5.4, 1.4))))
