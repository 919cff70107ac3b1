"""What commands read across the services' tables: read only, without locks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue, TypeAdapter

from services.commands.output import RefusalError
from services.routing.accounts import account_of
from services.routing.desk import Desk, PoolState, RepState
from services.routing.rules import AccountRules
from services.routing.state import LeadRouting, Told
from services.routing.store import load_accounts
from services.routing.written import CompanyFile
from services.scoring.state import LeadScore
from shared.db import Connection
from shared.playbook import PlaybookFolder

Profile = Mapping[str, JsonValue]
_LEAD = TypeAdapter(LeadScore)
_POOL = TypeAdapter(PoolState)
_REP = TypeAdapter(RepState)


@dataclass(frozen=True, slots=True)
class ScoredLead:
    """Scoring's row of a lead; versions count the activities that were applied."""

    state: LeadScore
    score_version: int
    published_version: int
    published_at: datetime | None


async def scored_lead(connection: Connection, lead_id: str) -> ScoredLead | None:
    row = await connection.fetchrow(
        "SELECT state, score_version, published_version, published_at FROM scoring.lead"
        " WHERE lead_id = $1 AND state IS NOT NULL",
        lead_id,
    )
    if row is None:
        return None
    state = _LEAD.validate_json(row["state"])
    return ScoredLead(state, row["score_version"], row["published_version"], row["published_at"])


@dataclass(frozen=True, slots=True)
class Activation:
    """The playbook that was activated last; `seq` tells two activations of one version apart."""

    seq: int
    version: str
    at: datetime


async def latest_activation(connection: Connection) -> Activation | None:
    row = await connection.fetchrow("SELECT seq, version, activated_at FROM baton.playbook ORDER BY seq DESC LIMIT 1")
    return Activation(row["seq"], row["version"], row["activated_at"]) if row else None


async def versions(connection: Connection) -> list[str]:
    """The versions of the playbook that were ever active, each once, the active one first."""
    rows = await connection.fetch("SELECT version FROM baton.playbook GROUP BY version ORDER BY max(seq) DESC")
    return [row["version"] for row in rows]


async def playbook(connection: Connection, version: str) -> PlaybookFolder:
    """The files of a version as they were activated last. Raises RefusalError."""
    row = await connection.fetchrow(
        "SELECT files, holidays FROM baton.playbook WHERE version = $1 ORDER BY seq DESC LIMIT 1", version
    )
    if row is None:
        raise RefusalError(f"the database does not hold the playbook {version or '(none)'} any more")
    return PlaybookFolder.of(row["files"], _days(row["holidays"]))


def zone_of(folder: PlaybookFolder) -> ZoneInfo:
    """Where the company tells the time."""
    return ZoneInfo(folder.load_optional("company.yaml", CompanyFile).model.timezone)


def _days(kept: Mapping[str, Mapping[str, str]]) -> dict[str, dict[date, str]]:
    return {calendar: {date.fromisoformat(day): name for day, name in days.items()} for calendar, days in kept.items()}


async def desk(connection: Connection) -> Desk:
    """All pools and reps as they stand."""
    pools = await connection.fetch("SELECT pool_id, state FROM routing.pool WHERE state IS NOT NULL")
    reps = await connection.fetch("SELECT rep_id, state FROM routing.rep WHERE state IS NOT NULL")
    return Desk(
        pools={row["pool_id"]: _POOL.validate_json(row["state"]) for row in pools},
        reps={row["rep_id"]: _REP.validate_json(row["state"]) for row in reps},
    )


async def put_accounts(connection: Connection, desk: Desk, profile: Profile, rules: AccountRules) -> None:
    """Put on the desk who holds the other leads of the profile's account."""
    told = datetime.min.replace(tzinfo=UTC)
    lead = LeadRouting("", profile={name: Told(told, "", "", value) for name, value in profile.items()})
    if account := account_of(lead, rules):
        await load_accounts(connection, desk, [account])
