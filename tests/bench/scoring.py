"""Scoring end to end, in turn with its peers on the records of one topic.

Scoring: activities in Kafka, state, history and outbox in Postgres, derived events in Kafka; the real process on the
default playbook. Its peers pass the records through, or keep a rolling sum by key with a threshold.
"""

from rich.progress import track

from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED
from tests.bench.asked import Asked
from tests.bench.draining import drain
from tests.bench.figures import Row, Run, Section, of_rates, turned
from tests.bench.filling import fill
from tests.bench.loads import Load, now
from tests.bench.peers.environments import UnavailableError
from tests.bench.peers.peer import PEERS, Peer, PeerError, run
from tests.bench.stage import Stage
from tests.bench.targets import SCORING

PREFIX = "scoring."
NOTES = (
    "Client: the CPU of the measured process. Servers: of Kafka and Postgres. Emitted: qualified, told, or passed on.",
    "Baton decides by the whole default playbook and keeps every event; the streams' rolling sums add points by type.",
)


def bench(stage: Stage, asked: Asked) -> Section:
    fill(stage.kafka, PREFIX, [(LEAD_ACTIVITY, Load(asked.events, asked.leads, now()))])
    rows = {SCORING: Row(SCORING)}
    peers = {peer.name: peer for peer in PEERS} if asked.peers else {}
    rows |= {name: Row(name) for name in peers}
    for number in track(range(asked.rounds), "scoring and its peers"):
        for name in turned(list(rows), number):
            if name == SCORING:
                rows[name].runs.append(_scoring(stage, PREFIX))
            elif not rows[name].skipped:
                _measure(rows[name], peers[name], stage, asked)
    stage.drop_topics(PREFIX)
    section = of_rates(f"scoring: {asked.events:,} activities of {asked.leads:,} leads", list(rows.values()), NOTES)
    section.keyed["scoring megabytes"] = max(run.peak_megabytes for run in rows[SCORING].runs)
    return section


def _scoring(stage: Stage, prefix: str) -> Run:
    with stage.system(prefix) as system:
        return drain(stage, system, "scoring", emits=LEAD_QUALIFIED)


def _measure(row: Row, peer: Peer, stage: Stage, asked: Asked) -> None:
    try:
        row.runs.append(run(peer, stage, PREFIX + LEAD_ACTIVITY, asked.events))
    except (UnavailableError, PeerError) as error:
        row.skipped = str(error)
