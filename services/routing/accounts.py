"""Which account a lead belongs to, and who holds the account's other leads: one approach per company."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from services.routing.rules import AccountRules
from services.routing.state import LeadRouting
from shared.events import Event
from shared.events.activities import ActivityData
from shared.events.derived import LeadQualified

if TYPE_CHECKING:
    from tldextract import TLDExtract


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lead of an account in which team, and since when; `named_at` where a person has named them."""

    lead: str
    team: str
    owner: str
    since: datetime
    has_opportunity: bool
    named_at: datetime | None = None


@dataclass(slots=True)
class Accounts:
    """The holders of the leads of the accounts that matter here, by account and lead."""

    _holders: dict[str, dict[str, Holder]] = field(default_factory=dict)
    _account_of: dict[str, str] = field(default_factory=dict)

    def put(self, account: str, holder: Holder) -> None:
        self.drop(holder.lead)
        self._holders.setdefault(account, {})[holder.lead] = holder
        self._account_of[holder.lead] = account

    def drop(self, lead: str) -> None:
        account = self._account_of.pop(lead, None)
        if account is not None:
            del self._holders[account][lead]

    def note(self, state: LeadRouting, rules: AccountRules) -> None:
        """Take over how a lead stands now."""
        account, handoff = account_of(state, rules), state.open_handoff
        if account is None or handoff is None or handoff.owner is None:
            self.drop(state.lead)
            return
        has_opportunity = state.standing.stage == "opportunity"
        self.put(
            account,
            Holder(state.lead, handoff.team, handoff.owner, handoff.decided_at, has_opportunity, handoff.named_at),
        )

    def others(self, state: LeadRouting, rules: AccountRules) -> list[Holder]:
        """The holders of the other leads of this lead's account: whom a person has named, the latest first, then the
        longest-serving."""
        account = account_of(state, rules)
        held = self._holders.get(account, {}).values() if account is not None else ()
        return sorted((holder for holder in held if holder.lead != state.lead), key=_precedence)


def _precedence(holder: Holder) -> tuple[bool, float, datetime, str]:
    named_at = holder.named_at
    return named_at is None, -named_at.timestamp() if named_at else 0.0, holder.since, holder.lead


def account_of(state: LeadRouting, rules: AccountRules) -> str | None:
    """The lead's account: the one that an upstream system named, else the domain of its mail address."""
    return _account({name: told.value for name, told in state.profile.items()}, rules)


def accounts_told(events: Iterable[Event], rules: AccountRules) -> Iterator[str]:
    """The accounts that these events may bring their leads to."""
    for event in events:
        data = event.data
        told: dict[str, object] = {"email": data.value("email")}
        if account := _account(told, rules):
            yield account
        if isinstance(data, ActivityData | LeadQualified) and (
            account := _account({"account_id": data.account_id}, rules)
        ):
            yield account


def _account(known: Mapping[str, object], rules: AccountRules) -> str | None:
    account_id, email = known.get("account_id"), known.get("email")
    if isinstance(account_id, str) and account_id:
        return f"id:{account_id}"
    if not rules.by_domain or not isinstance(email, str) or "@" not in email:
        return None
    domain = registrable(email.rpartition("@")[2].strip().lower())
    return None if domain is None or domain in rules.free_mail else f"domain:{domain}"


@lru_cache(maxsize=100_000)
def registrable(domain: str) -> str | None:
    """`mail.example.co.jp` is of `example.co.jp`; None where nobody could have registered it. By the list of public
    suffixes that the library brings along."""
    return _suffixes()(domain).top_domain_under_public_suffix or None


@cache
def _suffixes() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
