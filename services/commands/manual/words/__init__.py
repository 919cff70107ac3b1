"""What the manual says: (English, Japanese) side by side, so that neither can lack a phrase."""

from collections.abc import Mapping
from typing import Final

from services.commands.manual.words.criteria import PHRASES as CRITERIA
from services.commands.manual.words.deadlines import PHRASES as DEADLINES
from services.commands.manual.words.frame import PHRASES as FRAME
from services.commands.manual.words.giving import PHRASES as GIVING
from services.commands.manual.words.telling import PHRASES as TELLING
from services.commands.manual.words.vocabulary import VOCABULARY

__all__ = ["PHRASES", "VOCABULARY"]

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    **FRAME,
    **CRITERIA,
    **GIVING,
    **DEADLINES,
    **TELLING,
}
