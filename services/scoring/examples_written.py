"""The `examples` of `scoring.yaml`: leads as a company imagines them, and the score that it expects."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from shared.playbook import Flag, Moment, Number, PlaybookModel, Text

DaysAgo = Annotated[Number, Field(ge=0, le=36_500)]


class ExampleEvent(BaseModel):
    """An activity; every key besides `type`, `at` and `days_ago` is a field of its data."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, JsonValue]

    type: Text
    at: Moment | None = None
    days_ago: DaysAgo | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.at is not None and self.days_ago is not None:
            raise ValueError("an activity has one time: either `at` or `days_ago` is expected")
        return self


class ExpectedScore(PlaybookModel):
    """Points are compared to a tenth of a point."""

    score: Number | None = None
    fit: Number | None = None
    engagement: Number | None = None
    qualified: Flag | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is expected: at least one of score, fit, engagement and qualified is")
        return self


class ScoringExample(PlaybookModel):
    """A lead with this profile and these activities, scored `at` that time, or else as of the latest activity."""

    name: Text
    profile: dict[Text, JsonValue] = Field(default_factory=dict)
    events: tuple[ExampleEvent, ...] = ()
    at: Moment | None = None
    expect: ExpectedScore
