"""Counts anew whatever a database tells of its leads.

`python -m tests.support.explaining DIR` does so for the data that a demo or `baton up` has left.
"""

import asyncio
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from services.commands.why_owner import why_owner
from services.commands.why_score import why_score
from shared.embedded.postgres import PostgresServer


@dataclass
class Explained:
    """How many of each kind were counted anew, and those that came out otherwise, in words."""

    counted: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)

    def note(self, kind: str, lead: str, *, agrees: bool) -> None:
        self.counted[kind] += 1
        if not agrees:
            self.differing.append(f"{kind} of {lead}")


async def explain_all(dsn: str) -> Explained:
    """Every lead's score, qualifications, decisions and deadlines; BATON_POSTGRES must name the same database."""
    found = Explained()
    connection = await asyncpg.connect(dsn)
    leads = [row["lead_id"] for row in await connection.fetch("SELECT lead_id FROM scoring.lead ORDER BY 1")]
    await connection.close()
    for lead in leads:
        if score := await why_score(lead, None, with_missing=False):
            found.note("score", lead, agrees=score.agrees)
            for check in score.checks:
                if check.agrees is not None:
                    found.note(check.what, lead, agrees=check.agrees)
        if owner := await why_owner(lead):
            for decision in owner.decisions:
                found.note("decision", lead, agrees=decision.agrees)
            for clock in owner.clocks:
                if clock.counted_due:
                    found.note("deadline", lead, agrees=clock.agrees)
            for alert in owner.alerts:
                found.note("alert", lead, agrees=bool(alert.why))
    return found


def main(folder: Path) -> None:
    with PostgresServer(folder / "postgres") as postgres:
        os.environ["BATON_POSTGRES"] = postgres.dsn
        found = asyncio.run(explain_all(postgres.dsn))
    for kind, number in sorted(found.counted.items()):
        print(f"{number:6} {kind}")
    print(f"{len(found.differing):6} differ: {', '.join(found.differing) or 'none'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
