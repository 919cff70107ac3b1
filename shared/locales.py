"""The languages in which Baton speaks to people."""

from typing import Final, Literal, get_args

Locale = Literal["en", "ja"]
LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)


def locale_named(text: str) -> Locale | None:
    """The language that `text` names, `en` or `ja`; None where it names neither."""
    return next((locale for locale in LOCALES if locale == text), None)
