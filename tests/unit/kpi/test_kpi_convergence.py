"""Whatever the interleaving of the topics, the numbers end the same."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.counting import counts, delta
from services.kpi.facts import DOCUMENT, NOTHING
from services.kpi.standing import standing
from tests.unit.kpi.kpi_events import MONDAY, PLAYBOOK, assigned, clock, event, facts_of, qualified, routed

MOVES = (
    "lead.sales_qualified",
    "lead.returned",
    "lead.recycled",
    "lead.disqualified",
    "opportunity.opened",
    "opportunity.won",
    "opportunity.lost",
    "contract.renewed",
    "contract.cancelled",
)
OTHERS = ("web.visited", "call.attempted", "call.connected", "email.sent", "upsell.won")
HOURS = st.integers(0, 200).map(lambda hours: MONDAY + timedelta(hours=hours))


@st.composite
def topics(draw):
    """The three topics of one lead, each in its own order: activities, qualifications, what routing told."""
    moves = [event(kind, at) for kind, at in draw(st.lists(st.tuples(st.sampled_from(MOVES), HOURS), max_size=7))]
    sources = st.sampled_from(["", "web", "ads"])
    others = [
        event(kind, at, lead_source=source, rep_id="rep-1")
        for kind, at, source in draw(st.lists(st.tuples(st.sampled_from(OTHERS), HOURS, sources), max_size=6))
    ]
    qualifications = [
        qualified(at, cycle=cycle, backfill=backfill)
        for cycle, at, backfill in draw(st.lists(st.tuples(st.integers(1, 2), HOURS, st.booleans()), max_size=3))
    ]
    decided = [assigned(draw(HOURS)), clock("breached", draw(HOURS)), assigned(draw(HOURS), owner="rep-2", attempt=2)]
    read_by_routing = draw(st.permutations([*moves, *qualifications]))
    activities = draw(st.permutations([*moves, *others]))
    return activities, qualifications, [*routed(read_by_routing), *decided]


@st.composite
def interleaved(draw, streams):
    queues = [list(stream) for stream in streams if stream]
    order = []
    while queues:
        queue = queues[draw(st.integers(0, len(queues) - 1))]
        order.append(queue.pop(0))
        queues = [left for left in queues if left]
    return order


@given(st.data())
def test_any_interleaving_of_the_topics_ends_in_the_same_numbers(data):
    streams = data.draw(topics())
    first, second = data.draw(interleaved(streams)), data.draw(interleaved(streams))
    one, other = facts_of(*first), facts_of(*second)
    assert counts(one, PLAYBOOK) == counts(other, PLAYBOOK)
    assert standing("lead-1", one) == standing("lead-1", other)


@given(st.data())
def test_the_changes_add_up_to_the_numbers(data):
    events = data.draw(interleaved(data.draw(topics())))
    rollup, facts = Counter(), NOTHING
    for each in events:
        after = facts_of(each, start=DOCUMENT.validate_json(DOCUMENT.dump_json(facts)))
        rollup.update(delta(facts, after, PLAYBOOK))
        facts = after
    assert {cell: n for cell, n in rollup.items() if n} == dict(counts(facts, PLAYBOOK))


@given(st.data())
def test_no_count_of_a_lead_is_negative(data):
    facts = facts_of(*data.draw(interleaved(data.draw(topics()))))
    assert all(n > 0 for n in counts(facts, PLAYBOOK).values())
