"""A small playbook file of the kind that services declare, and what its mistakes look like."""

from collections.abc import Callable
from typing import Annotated, Literal, Self

import pytest
from pydantic import Field, model_validator

from shared.conditions import Condition
from shared.playbook import Number, PlaybookError, PlaybookModel, Text, Whole, load_yaml


class OncePer(PlaybookModel):
    once_per: Text


class AtMost(PlaybookModel):
    at_most: Annotated[Whole, Field(ge=1)]
    per: Text


class Rule(PlaybookModel):
    id: Text
    on: Text = "web.visited"
    when: Condition | None = None
    points: Number = 0
    repeat: Literal["always", "once"] | OncePer | AtMost = "always"
    team: Text | tuple[Text, ...] = ()
    window: Text | None = None
    half_life: Text | None = None

    @model_validator(mode="after")
    def _one_decay(self) -> Self:
        if self.window and self.half_life:
            raise ValueError("a rule has a window or a half_life, not both")
        return self


class Rules(PlaybookModel):
    """Scoring-like rules with every kind of value that playbook files hold."""

    version: Text = "unnamed"
    rules: tuple[Rule, ...] = ()
    hours: dict[Literal["mon", "sat"], tuple[Text, ...]] = Field(default_factory=dict)
    country: Text | None = None


class Required(PlaybookModel):
    threshold: Whole


@pytest.fixture(scope="session")
def rules_model() -> type[Rules]:
    return Rules


@pytest.fixture(scope="session")
def required_model() -> type[Required]:
    return Required


@pytest.fixture(scope="session")
def mistakes() -> Callable[[str | bytes], list[str]]:
    """What is said about a text: its problems, one line each; nothing for a good one."""

    def read(text: str | bytes) -> list[str]:
        try:
            load_yaml(text, "rules.yaml", Rules)
        except PlaybookError as error:
            return str(error).split("\n")
        return []

    return read
