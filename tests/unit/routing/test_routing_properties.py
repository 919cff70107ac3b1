"""Whatever happens, in whatever order: one owner at most, nobody overtaken, nobody overloaded, nobody who is away."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.routing.records import LEAD, Candidate, Record, choose, redecide
from tests.unit.routing.routing_office import MONDAY, Office
from tests.unit.routing.routing_witness import PEOPLE, WEIGHTS, Witness, rules

BABA_LEFT = rules(inside="aoki, dora, endo")
LEADS = [f"l{number}" for number in range(8)]
ACTIONS = (
    *["lead.qualified"] * 8,
    *["lead.rejected"] * 3,
    *["lead.sales_qualified"] * 3,
    "profile.updated",
    *["lead.returned"] * 3,
    "lead.recycled",
    "lead.disqualified",
    "lead.accepted",
    "owner.changed",
    "call.connected",
    "opportunity.opened",
    "opportunity.lost",
    *["rep.away"] * 3,
    "rep.back",
    "baba leaves",
)
PAUSES = (0, 0, 0, 1, 10, 15, 25, 60, 180, 300, 900, 1440)
"""Minutes between steps, such that many fall on openings and closings: the first step may be at 08:50."""
Step = tuple[str, str, str, str, int]
step = st.tuples(
    st.sampled_from(ACTIONS),
    st.sampled_from(LEADS),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(("not_mine", "instant", "other")),
    st.sampled_from(PAUSES),
)
# Lists of a length that is drawn first: left to themselves they are five steps long, in which nobody is overtaken.
steps = st.integers(1, 60).flatmap(lambda length: st.lists(step, min_size=length, max_size=length))


def watched(listed: Iterable[Step]) -> Witness:
    """Play the steps, each some minutes after the last; the owner does what owners do, others name owners."""
    witness = Witness()
    witness.office.now = MONDAY + timedelta(hours=8, minutes=50)
    for action, lead, rep, word, minutes in listed:
        now = witness.office.now + timedelta(minutes=minutes)
        if action == "baba leaves":
            witness.wait_until(now)
            witness.office.rules, witness.gone = BABA_LEFT, {"baba"}
        else:
            witness.tell(told(witness.office, (action, lead, rep, word, minutes), now), now)
    return witness


def told(office: Office, step: Step, now: datetime):
    action, lead, rep, word, _ = step
    match action:
        case "rep.away" | "rep.back":
            return office.event(action, rep, time=now, until=(now + timedelta(hours=1)).isoformat())
        case "owner.changed":
            return office.event(action, lead, time=now, owner_id=rep, rep_id="boss")
        case "lead.qualified":
            return office.event(action, lead, time=now, reason="instant" if word == "instant" else "threshold")
        case "profile.updated":
            return office.event(action, lead, time=now, language="en" if word == "other" else "ja")
        case _:
            owner = office.owner(lead) if lead in office.leads else None
            return office.event(action, lead, time=now, rep_id=owner or rep, reason=word)


@settings(max_examples=120)
@given(steps)
def test_each_decision_is_right_by_what_the_people_knew_then(listed: list[Step]) -> None:
    """The witness compares each candidate of each decision with the hours, leave, absences, caps and skills, sees that
    no waiting lead is overtaken, and that none waits while somebody could take it."""
    witness = watched(listed)
    witness.wait_until(witness.office.now + timedelta(days=8))


@settings(max_examples=60)
@given(steps)
def test_a_lead_has_at_most_one_owner_and_each_attempt_at_most_one_decision(listed: list[Step]) -> None:
    witness = watched(listed)
    for name, lead in witness.office.leads.items():
        held = [handoff for handoff in lead.handoffs.values() if handoff.is_open]
        assert len(held) <= 1
        assert [handoff.owner for handoff in held if handoff.owner] == [
            owner for owner in [witness.owner.get(name)] if owner
        ]
        assert all((handoff.owner is None) is (handoff.status == "waiting") for handoff in held)
    given_ = [(one.lead, one.team, one.cycle, one.attempt) for one in witness.office.records if is_given(one)]
    assert len(given_) == len(set(given_))


def is_given(record: Record) -> bool:
    return record.chosen is not None and record.kind in ("assigned", "reassigned")


@settings(max_examples=60)
@given(steps)
def test_each_record_decides_the_same_again_and_the_pools_turns_follow_from_their_records(listed: list[Step]) -> None:
    kept, records = TypeAdapter(Record), watched(listed).office.records
    assert [redecide(kept.validate_json(kept.dump_json(record))) for record in records] == [
        record.chosen for record in records
    ]
    for pool in ("is-all", "fs-all"):
        numbered = [record for record in records if record.pool == pool and record.asked_for is None]
        assert [record.seq for record in numbered] == list(range(1, len(numbered) + 1))
        follow_the_turns([record for record in numbered if not record.ahead])


def follow_the_turns(records: Sequence[Record]) -> None:
    """Balances anew in exact fractions, by the words of the rule."""
    balances, last_given = Counter[str](), Counter[str]()
    for record in records:
        assert {c.rep: Fraction(c.balance, LEAD) for c in record.candidates} == {
            c.rep: Fraction(balances[c.rep]) for c in record.candidates
        }
        available = [c for c in record.candidates if c.passed_over is None]
        if not available:
            continue
        if record.pick == "least_open":
            chosen = min(available, key=lambda c: (c.open, last_given[c.rep])).rep
        else:
            whole = sum(WEIGHTS[c.rep] for c in available)
            for one in available:
                balances[one.rep] += Fraction(WEIGHTS[one.rep], whole)
            chosen = max(available, key=lambda c: (balances[c.rep], -last_given[c.rep])).rep
            balances[chosen] -= 1
        assert record.chosen == chosen
        last_given[chosen] = record.seq
        assert sum(balances.values()) == 0


@dataclass
class Turns:
    """The turns of a pool alone: weights by member, everything else as it comes."""

    weights: Sequence[int]
    balances: dict[str, int] = field(default_factory=dict)
    last_given: dict[str, int] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)

    def give(self, there: Sequence[int]) -> None:
        candidates = [
            Candidate(
                rep := str(member),
                Fraction(self.weights[member]),
                self.balances.get(rep, 0),
                self.last_given.get(rep, 0),
            )
            for member in there
        ]
        choice = choose("weighted_round_robin", candidates)
        self.balances.update(choice.balances)
        if choice.rep is not None:
            self.given[choice.rep] += 1
            self.last_given[choice.rep] = max(self.last_given.values(), default=0) + 1


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[int], list[list[int]], int]:
    """Weights of a pool, who was there at each lead so far, and how many leads come next while all are there."""
    weights = draw(
        st.one_of(st.integers(2, 6).map(lambda n: [1] * n), st.lists(st.integers(1, 6), min_size=2, max_size=6))
    )
    there = st.lists(st.sampled_from(range(len(weights))), unique=True, max_size=len(weights)).map(sorted)
    past = draw(st.integers(0, 40))
    return weights, draw(st.lists(there, min_size=past, max_size=past)), draw(st.integers(1, 60))


@given(pasts())
def test_whatever_the_absences_were_each_gets_their_share_of_what_comes_next_to_less_than_two_leads(
    past: tuple[list[int], list[list[int]], int],
) -> None:
    """Nobody who comes back, or is new, is flooded, and nobody who stayed is made to pay."""
    weights, history, leads = past
    turns = Turns(weights)
    for there in history:
        turns.give(there)
    turns.given.clear()
    for _ in range(leads):
        turns.give(range(len(weights)))
    for member, weight in enumerate(weights):
        assert abs(turns.given[str(member)] - Fraction(weight * leads, sum(weights))) < 2
        assert abs(turns.balances[str(member)]) < 2 * LEAD
    assert sum(turns.balances.values()) == 0
