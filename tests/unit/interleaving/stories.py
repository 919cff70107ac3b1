"""Lives of a few leads of one company, told by tools that contradict, repeat and report late."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shared.events import Event, UnknownActivity, type_registry

START = datetime(2026, 4, 6, 1, tzinfo=UTC)
"""A Monday, 10:00 in Tokyo."""
LEADS = ("lead-1", "lead-2", "lead-3")
REPS = st.sampled_from([*["aoki"] * 5, *["chiba"] * 3, "baba", "doi", "endo", "stranger", None])
OWNERS = st.sampled_from(["aoki", "baba", "chiba", "stranger"])
AT_WORK = st.sampled_from(["aoki", "baba", "chiba"])
TEAMS = st.sampled_from(["is", "fs", "cs"])
BACKFILL = st.sampled_from([False] * 7 + [True])
ACCOUNT = {"account_id": st.sampled_from(["aoba", "midori"])}
OF_A_REP = {"rep_id": REPS}
MONEY = {"amount": st.sampled_from([{"amount": 100, "currency": "JPY"}, {"amount": 70.5, "currency": "JPY"}])}
REVISIT = {"revisit_on": st.sampled_from(["2026-04-08", "2026-04-15"])}
DEAL = {"opportunity_id": st.sampled_from(["o1", "o2"]), "kind": st.just("expansion"), **OF_A_REP, **MONEY}
CONTRACT = {"contract_id": st.sampled_from(["c1", "c2"]), **OF_A_REP}
TOUCH = {**OF_A_REP, "memo": st.sampled_from(["後で", "興味あり"])}
UNTIL = {"until": st.sampled_from(["2026-04-06T05:00:00Z", "2026-04-09T00:00:00Z"])}
SOURCES = {"lead_source": st.sampled_from(["web", "expo"])}

ALWAYS_TOLD = frozenset({"asset_id", "reason", "until", "owner_id", "rep_id"})
"""Of the fields below; each of the others may be left out."""
FIELDS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "profile.updated": {
        "email": st.sampled_from(["a@aoba.co.jp", "b@aoba.co.jp", "c@gmail.com"]),
        "employees": st.sampled_from([10, 2000]),
        "competitor": st.booleans(),
        "name": st.sampled_from(["田中", "鈴木"]),
        **ACCOUNT,
    },
    "web.visited": SOURCES,
    "content.downloaded": {"asset_id": st.sampled_from("abc"), **SOURCES, **ACCOUNT},
    "demo.requested": {**ACCOUNT, **SOURCES},
    "business_card.exchanged": {"exchanged_by": st.sampled_from(["aoki", "baba"]), "lead_source": st.just("expo")},
    "email.clicked": {"link": st.sampled_from(["x", "y"])},
    "consent.changed": {"consent": st.sampled_from(["given", "withdrawn"])},
    "partner.introduced": SOURCES,
    "call.attempted": TOUCH,
    "call.connected": TOUCH,
    "email.sent": TOUCH,
    "meeting.booked": TOUCH,
    "meeting.held": TOUCH,
    "promise.made": {**OF_A_REP, "what": st.just("見積り")},
    "lead.accepted": OF_A_REP,
    "lead.rejected": {**OF_A_REP, "reason": st.sampled_from(["not_mine", "student"])},
    "lead.sales_qualified": {**OF_A_REP, "problem": st.sampled_from(["在庫", "人手"])},
    "lead.returned": {**OF_A_REP, "reason": st.sampled_from(["timing", "budget"])},
    "lead.recycled": {**OF_A_REP, **REVISIT, "reason": st.just("not_now")},
    "lead.disqualified": OF_A_REP,
    "lead.snoozed": {**OF_A_REP, **UNTIL},
    "lead.acknowledged": OF_A_REP,
    "owner.changed": {**OF_A_REP, "owner_id": OWNERS, "team": TEAMS},
    "opportunity.opened": DEAL,
    "opportunity.won": DEAL,
    "opportunity.lost": {**DEAL, **REVISIT},
    "opportunity.cancelled": DEAL,
    "opportunity.reopened": DEAL,
    "contract.started": CONTRACT,
    "contract.renewed": CONTRACT,
    "contract.cancelled": CONTRACT,
    "customer.contacted": OF_A_REP,
    "upsell.proposed": OF_A_REP,
    "upsell.won": {**OF_A_REP, **MONEY},
    "person.left": {},
    "rescore.requested": {},
    "clocks.move_requested": {},
}


def _data_of(fields: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[dict[str, object]]:
    told = {name: value for name, value in fields.items() if name in ALWAYS_TOLD}
    others = {name: value for name, value in fields.items() if name not in ALWAYS_TOLD}
    return st.fixed_dictionaries(told | {"backfill": BACKFILL}, optional=others)


DATA = {kind: _data_of(fields) for kind, fields in FIELDS.items()}
JOURNEYS = (
    "demo.requested lead.accepted call.connected lead.sales_qualified opportunity.opened opportunity.won upsell.won",
    "demo.requested lead.accepted lead.recycled demo.requested lead.accepted lead.sales_qualified lead.returned",
    "demo.requested lead.snoozed web.visited lead.accepted lead.sales_qualified opportunity.opened opportunity.lost",
    "demo.requested opportunity.won contract.started contract.cancelled demo.requested call.connected",
)
"""Ways of a lead whose owners do what they should."""
OWNER_OF = {"lead.returned": "chiba", "opportunity.opened": "chiba", "opportunity.won": "chiba"}
"""Who does what on a journey; all else is Aoki's."""
OFTEN = (
    "content.downloaded",
    "demo.requested",
    "demo.requested",
    "lead.accepted",
    "lead.snoozed",
    "lead.sales_qualified",
    "lead.returned",
    "lead.recycled",
    "email.sent",
    "web.visited",
)
HOURS = st.sampled_from([0, 0, 1, 1, 2, 3, 5, 7, 24, 26, 30, 50, 74])
"""Few, so that things happen at one instant."""
DELAYED = st.sampled_from([0] * 6 + [1, 6, 24, 72])
TOOLS = ("urn:ma", "urn:sfa")
Happening = tuple[int, int, str, str, dict[str, object]]
"""(hour of publication, hour of happening, lead, type, data)"""


@st.composite
def _happening(
    draw: st.DrawFn, lead: st.SearchStrategy[str], kind: st.SearchStrategy[str], hours: int | None
) -> Happening:
    kind_, hour = draw(kind), draw(HOURS) if hours is None else hours
    return hour + draw(DELAYED), hour, draw(lead), kind_, draw(DATA[kind_])


@st.composite
def _journey(draw: st.DrawFn) -> list[Happening]:
    """The way of the first lead, as far as it comes, told in time or late."""
    every, told = draw(st.sampled_from([0, 1, 2, 5])), draw(st.sampled_from(JOURNEYS)).split()
    kinds = told[: draw(st.integers(0, len(told)))]
    return [
        (every * place + draw(DELAYED), every * place, LEADS[0], kind, _told_on_a_journey(kind))
        for place, kind in enumerate(kinds)
    ]


def _told_on_a_journey(kind: str) -> dict[str, object]:
    until = {"until": "2026-04-08T01:00:00Z"} if kind == "lead.snoozed" else {}
    return {"rep_id": OWNER_OF.get(kind, "aoki"), "problem": "在庫"} | until


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Activities of the leads in the order in which they are published, some of them twice, and who comes and goes."""
    anywhere = _happening(st.sampled_from(LEADS), st.sampled_from([*OFTEN, *FIELDS]), None)
    lives_ = draw(_journey()) + draw(st.lists(anywhere, min_size=1, max_size=20))
    events = [(each[0], _event(number, TOOLS[number % 2], *each[1:])) for number, each in enumerate(lives_)]
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    status = draw(st.lists(st.tuples(HOURS, AT_WORK, st.sampled_from(["rep.away", "rep.back"])), max_size=3))
    people = [(each[0], _event(2 * number, "urn:hr", *each, {})) for number, each in enumerate(status)]
    published = sorted([*people, *events, *again], key=lambda each: each[0])
    return [event for _, event in published]


def told(kind: str, hour: int, **data: object) -> Event:
    """An activity of the first lead, at so many hours after the start."""
    return _event(0, f"urn:{kind}", hour, LEADS[0], kind, data)


def _event(number: int, source: str, hour: int, subject: str, kind: str, data: dict[str, object]) -> Event:
    """Each of two tools numbers what it tells for itself."""
    model = type_registry.get(kind, UnknownActivity)
    at = START + timedelta(hours=hour)
    return Event(
        id=f"e{number // 2}", source=source, type=kind, subject=subject, time=at, data=model.model_validate(data)
    )
