"""Opens and clicks made by machines: mail scanners follow every link before the person sees the mail.

What a machine did is judged from the set of the lead's mail events, whatever order they came in; it stays in the log
and gives nothing. Another playbook judges anew.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from operator import attrgetter
from typing import Final, Literal

from services.scoring.instants import to_microseconds
from shared.events import Event

Network = IPv4Network | IPv6Network
Verdicts = Mapping[tuple[str, str], str | None]
"""Why a machine did it, by (source, id); None for what a person did."""
MAIL_EVENTS: Final = frozenset({"email.delivered", "email.opened", "email.clicked"})
MOST_MAILS: Final = 50
"""So many mail events a lead are kept to judge the next one by; where more lie close together, the log is read."""


@dataclass(frozen=True, slots=True)
class Machines:
    """How machines are known; lengths in microseconds, 0 switches a sign off. `agents` in small letters."""

    agents: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    links_within: int = 0
    after_delivery: int = 0
    open_within: int = 0

    @property
    def horizon(self) -> int:
        """How far apart two mail events may be and still say something about each other."""
        return max(self.links_within, self.after_delivery, self.open_within)


@dataclass(frozen=True, slots=True)
class Mail:
    """What was delivered, opened or clicked, and when (microseconds since 1970)."""

    at: int
    kind: Literal["delivered", "opened", "clicked"]
    source: str
    id: str
    email_id: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Mails:
    """The lead's latest mail events, in order; `lost_at` is the time of the latest one that is not kept any more."""

    kept: tuple[Mail, ...] = ()
    lost_at: int | None = None


NO_MACHINES: Final = Machines()
NO_MAILS: Final = Mails()


def mail_of(event: Event) -> Mail | None:
    """What the event says of a mail; None where it is about none."""
    kind = _KINDS.get(event.type)
    if kind is None:
        return None
    at, email_id, link = to_microseconds(event.time), event.data.value("email_id"), event.data.value("link")
    return Mail(at, kind, event.source, event.id, _text(email_id), _text(link))


_KINDS: Final[dict[str, Literal["delivered", "opened", "clicked"]]] = {
    "email.delivered": "delivered",
    "email.opened": "opened",
    "email.clicked": "clicked",
}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def by_itself(event: Event, machines: Machines) -> str | None:
    """Why an open or click is a machine's by what it says of itself; None where it says nothing."""
    if event.type not in MAIL_EVENTS:
        return None
    if event.data.value("machine") is True:
        return "machine: it says so"
    agent, address = _text(event.data.value("user_agent")), _text(event.data.value("ip"))
    if agent and (mark := next((mark for mark in machines.agents if mark in agent.lower()), None)):
        return f"machine: agent {mark}"
    network = _network_of(address, machines.networks) if address and machines.networks else None
    return f"machine: address in {network}" if network else None


def _network_of(address: str, networks: Sequence[Network]) -> Network | None:
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return next((network for network in networks if known in network), None)


def by_company(mail: Mail, mails: Sequence[Mail], machines: Machines) -> str | None:
    """Why an open or click is a machine's by what else happened to the same mail; None where nothing speaks for it."""
    if mail.kind == "delivered":
        return None
    same = [other for other in mails if other.email_id == mail.email_id and other is not mail]
    if any(o.kind == "delivered" and 0 <= mail.at - o.at < machines.after_delivery for o in same):
        return "machine: within seconds of delivery"
    if mail.kind == "opened":
        return None
    clicks = [other for other in same if other.kind == "clicked" and other.link != mail.link]
    if any(abs(mail.at - other.at) < machines.links_within for other in clicks):
        return "machine: several links at once"
    opens = [other for other in same if other.kind == "opened" and abs(mail.at - other.at) < machines.open_within]
    return "machine: clicked and not opened" if machines.open_within and not opens else None


def judged(mails: Sequence[Mail], machines: Machines) -> Verdicts:
    """The verdict on each mail event, given in order, by its company."""
    return {(mail.source, mail.id): by_company(mail, _near(mail.at, mails, machines), machines) for mail in mails}


def _near(at: int, mails: Sequence[Mail], machines: Machines) -> Sequence[Mail]:
    first = bisect_left(mails, at - machines.horizon, key=attrgetter("at"))
    return mails[first : bisect_right(mails, at + machines.horizon, key=attrgetter("at"))]


def is_unsettling(mails: Mails, mail: Mail, machines: Machines) -> bool:
    """Whether a mail event, the latest so far, changes the verdict on an earlier one, or is near one not kept."""
    if not machines.horizon:
        return False
    if mails.lost_at is not None and mail.at - mails.lost_at <= machines.horizon:
        return True
    near = [other for other in _near(mail.at, mails.kept, machines) if other.email_id == mail.email_id]
    before, after = judged(near, machines), judged([*near, mail], machines)
    return any(before[key] != after[key] for key in before)


def kept(mails: Mails, mail: Mail, machines: Machines) -> Mails:
    """With one more mail event, the latest so far; those too old to say anything more are dropped."""
    near = [*_near(mail.at, mails.kept, machines), mail]
    if len(near) <= MOST_MAILS:
        return Mails(tuple(near), mails.lost_at)
    return Mails(tuple(near[-MOST_MAILS:]), near[-MOST_MAILS - 1].at)
