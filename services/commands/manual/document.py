"""The whole manual: title, contents, chapters and the page to sign."""

from collections.abc import Iterable, Iterator, Mapping

from services.commands.manual.criteria import criteria
from services.commands.manual.deadlines import deadlines
from services.commands.manual.gathering import Agreement
from services.commands.manual.giving import giving
from services.commands.manual.handovers import handovers
from services.commands.manual.markdown import BLANK, heading, safe, table
from services.commands.manual.people import people
from services.commands.manual.speech import Speech
from services.commands.manual.targets import targets
from services.commands.manual.telling import telling
from shared.locales import Locale

CHAPTERS = ("people", "criteria", "giving", "handovers", "deadlines", "telling", "targets", "signatures")
SPACE_TO_SIGN = {"signed_by": 20, "signature": 28, "signed_on": 16}
"""Columns that a blank cell of the last page keeps open."""


def document(agreed: Agreement, locale: Locale | None) -> str:
    """The manual as Markdown, in the language asked for or the playbook's own."""
    say = agreed.speech(locale)
    return "\n\n".join([*_front(agreed, say), *_chapters(agreed, say)]) + "\n"


def _front(agreed: Agreement, say: Speech) -> Iterator[str]:
    company = safe(agreed.company.name or "")
    yield heading(1, say("of_company", company=company, title=say("title")) if company else say("title"))
    header = [say("edition"), say("playbook"), say("as_of")]
    yield table(header, [(safe(agreed.company.version or "") or say("none"), agreed.version, say.day(agreed.today))])
    yield say("preface", departments=_together(_departments(agreed, say), say))
    yield f"**{say('contents')}**"
    yield "\n".join(f"{number}. {say(name)}" for number, name in enumerate(CHAPTERS, start=1))


def _together(departments: list[str], say: Speech) -> str:
    *first, last = departments
    return say("and", first=say.listed(first), last=last) if first else last


def _departments(agreed: Agreement, say: Speech) -> list[str]:
    return [say.team("marketing"), *(say.team(team.id) for team in agreed.teams)]


def _chapters(agreed: Agreement, say: Speech) -> Iterator[str]:
    written: Mapping[str, Iterable[str]] = {
        "people": people(agreed, say),
        "criteria": criteria(agreed, say),
        "giving": giving(agreed, say),
        "handovers": handovers(agreed, say),
        "deadlines": deadlines(agreed, say),
        "telling": telling(agreed, say, CHAPTERS.index("deadlines") + 1),
        "targets": targets(agreed, say),
        "signatures": _signatures(agreed, say),
    }
    for number, name in enumerate(CHAPTERS, start=1):
        yield heading(2, f"{number}. {say(name)}")
        yield from written[name]


def _signatures(agreed: Agreement, say: Speech) -> Iterator[str]:
    name = safe(agreed.company.version or "")
    edition = say("edition_of" if name else "version_of", name=name, version=agreed.version)
    yield say("sign_note", edition=edition)
    header = [say("department"), *map(say, SPACE_TO_SIGN)]
    blank = [BLANK * columns for columns in SPACE_TO_SIGN.values()]
    yield table(header, [[department, *blank] for department in _departments(agreed, say)])
