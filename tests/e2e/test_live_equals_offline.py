"""The live system and the offline shell come to the same facts from the same activities."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.local.system import LocalSystem
from tests.support.comparing import differences, replayed
from tests.support.explaining import explain_all
from tests.support.live import activity, outcome, publish, until_quiet

pytestmark = pytest.mark.servers
PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"
LEADS = 120


@pytest.fixture(scope="module")
def rng() -> random.Random:
    return random.Random(20261122)


def journeys(rng: random.Random) -> Iterator[dict[str, object]]:
    """A few weeks in the lives of some leads: late, repeated and disallowed things among them."""
    start = datetime.now(UTC) - timedelta(days=30)
    for number in range(LEADS):
        lead, at = f"lead-{number}", start + timedelta(hours=rng.uniform(0, 200))
        story = [("profile.updated", {"employees": rng.choice([10, 300, 4000]), "title_level": "director"})]
        story += [("web.visited", {"lead_source": rng.choice(["web", "expo", "referral"])})]
        story += [("content.downloaded", {"kind": "case_study", "asset_id": f"a{n}"}) for n in range(rng.randrange(4))]
        story += [("demo.requested", {})] if rng.random() < 0.6 else []
        story += rng.sample(MOVES, rng.randrange(len(MOVES)))
        for kind, data in story:
            at += timedelta(minutes=rng.uniform(1, 3000))
            yield activity(f"{number}-{rng.random()}", kind, lead, at.isoformat(), **data)


MOVES: list[tuple[str, dict[str, object]]] = [
    ("call.connected", {"rep_id": "rep-02"}),
    ("lead.sales_qualified", {"rep_id": "rep-02"}),
    ("lead.returned", {"rep_id": "rep-06", "reason": "timing"}),
    ("lead.recycled", {"reason": "no budget"}),
    ("opportunity.opened", {"opportunity_id": "o1", "amount": {"amount": 1200000, "currency": "JPY"}}),
    ("opportunity.won", {"opportunity_id": "o1"}),
    ("opportunity.lost", {"opportunity_id": "o2"}),
    ("contract.started", {"contract_id": "c1"}),
    ("contract.cancelled", {"contract_id": "c1"}),
]


@pytest.fixture(scope="module")
async def lived(system: LocalSystem, rng: random.Random) -> list[dict[str, object]]:
    """The journeys, published in any order with odd records and repeats between them, and all that follows done."""
    events = list(journeys(rng))
    rng.shuffle(events)
    await publish(system, [*events, b"not json", *rng.sample(events, 40)])
    await until_quiet(system)
    return events


@pytest.mark.row(27)
async def test_live_and_offline_come_to_the_same_facts_whatever_the_order(
    system: LocalSystem, lived: list[dict[str, object]]
) -> None:
    live = await outcome(system)
    shell, _ = replayed(live.activities, PLAYBOOK)

    assert len(live.activities) == len(lived)
    assert live.quarantined == {"scoring": ["invalid"], "routing": [], "alerts": [], "kpi": []}
    assert live.counts.total() > LEADS
    assert differences(live, shell) == []


@pytest.mark.usefixtures("lived")
async def test_every_score_decision_and_deadline_agrees_when_it_is_counted_anew(
    system: LocalSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_POSTGRES", system.dsn)
    found = await explain_all(system.dsn)

    assert found.differing == []
    assert found.counted["score"] == LEADS
    few = {kind for kind in ("lead.qualified", "decision", "deadline", "alert") if found.counted[kind] < LEADS // 10}
    assert few == set(), found.counted
