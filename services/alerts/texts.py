"""The words of the cards by language."""

from collections.abc import Mapping
from typing import Final

from services.alerts.english import ENGLISH
from services.alerts.japanese import JAPANESE
from services.alerts.words import Words
from shared.locales import Locale

WORDS: Final[Mapping[Locale, Words]] = {"en": ENGLISH, "ja": JAPANESE}
