"""What the models of playbook files are made of: scalars that are never silently converted."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict


class PlaybookModel(BaseModel):
    """A mapping of a playbook file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Text = Annotated[str, Strict(), Field(min_length=1)]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
