"""Lives of a few leads of one company, told by tools that contradict, repeat and report late."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shared.events import Event, type_registry

START = datetime(2026, 4, 6, 1, tzinfo=UTC)
LEADS = ("lead-1", "lead-2", "lead-3")
REPS = st.sampled_from(["aoki", "baba", "chiba", "stranger"])
BACKFILL = st.sampled_from([False, False, False, False, True])
OPPORTUNITY = st.fixed_dictionaries({"opportunity_id": st.sampled_from(["o1", "o2"]), "rep_id": REPS})
OF_A_REP = st.fixed_dictionaries({"rep_id": REPS})

DATA: dict[str, st.SearchStrategy[dict[str, object]]] = {
    "profile.updated": st.fixed_dictionaries({"email": st.sampled_from(["a@aoba.co.jp", "b@gmail.com"])}),
    "web.visited": st.fixed_dictionaries({}, optional={"lead_source": st.sampled_from(["web", "expo"])}),
    "content.downloaded": st.fixed_dictionaries({"asset_id": st.sampled_from("abc")}),
    "demo.requested": st.fixed_dictionaries({}, optional={"account_id": st.just("aoba")}),
    "call.connected": OF_A_REP,
    "lead.accepted": OF_A_REP,
    "lead.rejected": st.fixed_dictionaries({"rep_id": REPS, "reason": st.sampled_from(["not_mine", "student"])}),
    "lead.sales_qualified": st.fixed_dictionaries({"rep_id": REPS}, optional={"problem": st.just("在庫")}),
    "lead.returned": st.fixed_dictionaries({"rep_id": REPS, "reason": st.just("timing")}),
    "lead.recycled": st.fixed_dictionaries({"rep_id": REPS, "reason": st.just("not_now")}),
    "lead.disqualified": OF_A_REP,
    "lead.snoozed": st.fixed_dictionaries({"rep_id": REPS, "until": st.just("2026-04-20T00:00:00Z")}),
    "owner.changed": st.fixed_dictionaries({"rep_id": REPS, "owner_id": REPS}),
    "opportunity.opened": OPPORTUNITY,
    "opportunity.won": OPPORTUNITY,
    "opportunity.lost": OPPORTUNITY,
    "opportunity.cancelled": OPPORTUNITY,
    "opportunity.reopened": OPPORTUNITY,
    "contract.started": st.fixed_dictionaries({"contract_id": st.sampled_from(["c1", "c2"])}),
    "contract.cancelled": st.fixed_dictionaries({"contract_id": st.sampled_from(["c1", "c2"])}),
    "upsell.won": st.just({}),
    "rescore.requested": st.just({}),
    "clocks.move_requested": st.just({}),
}
HOURS = st.sampled_from([0, 1, 1, 2, 2, 3, 5, 26, 50])
"""Few, so that things happen at one instant."""
OFTEN = ["content.downloaded", "demo.requested", "lead.sales_qualified", "lead.recycled", "opportunity.opened"]


@st.composite
def _activity(draw: st.DrawFn) -> tuple[str, str, str, datetime, dict[str, object]]:
    kind = draw(st.sampled_from([*OFTEN, *DATA]))
    at = START + timedelta(hours=draw(HOURS))
    data = draw(DATA[kind]) | {"backfill": draw(BACKFILL)}
    return kind, draw(st.sampled_from(["urn:ma", "urn:sfa"])), draw(st.sampled_from(LEADS)), at, data


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Activities of the leads in the order in which they are published, some of them twice, and who comes and goes."""
    told = draw(st.lists(_activity(), min_size=1, max_size=22))
    events = [_event(f"e{number}", *each) for number, each in enumerate(told)]
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    absences = draw(
        st.lists(st.tuples(st.sampled_from(["aoki", "chiba"]), st.integers(0, 60), st.booleans()), max_size=2)
    )
    status = [
        _event(f"s{number}", "rep.away" if away else "rep.back", "urn:hr", rep, START + timedelta(hours=hours), {})
        for number, (rep, hours, away) in enumerate(absences)
    ]
    return [*events, *again, *status]


def _event(number: str, kind: str, source: str, subject: str, at: datetime, data: dict[str, object]) -> Event:
    model = type_registry[kind]
    return Event(id=number, source=source, type=kind, subject=subject, time=at, data=model.model_validate(data))
