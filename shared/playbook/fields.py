"""What the models of playbook files are made of: scalars that are never silently converted."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from shared.playbook.scalars import describe


class PlaybookModel(BaseModel):
    """A mapping of a playbook file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _written_time(value: object) -> object:
    if isinstance(value, str):
        return value
    raise ValueError(f"found {describe(value)}; a time with its zone such as 2026-05-01T09:00:00+09:00 is expected")


Text = Annotated[str, Strict(), Field(min_length=1)]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_time)]
