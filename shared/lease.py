"""The relay's lease: a row that one process holds at a time; a fencing epoch tells an old holder from the new one."""

from uuid import uuid4

from shared.clock import monotonic_seconds
from shared.db import Connection, Pool

RENEWED_BELOW = 0.8
"""The share of a lease that has to be left, else it is renewed before the next send."""
STANDBY_SHARE = 0.05
"""One that waits for another's lease to end looks again after this share of its length."""


class LostLeaseError(Exception):
    """Another relay holds the lease now, or may hold it: what was just sent may be sent again, with the same ids."""


class Lease:
    """One process's view of the lease row of its schema."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._owner = uuid4().hex
        self._epoch = 0
        self._expires_at = self._look_at = 0.0

    @property
    def seconds_left(self) -> float:
        """How long it is ours for certain; not above 0 where it may be another's. Told by this machine's clock."""
        return self._expires_at - monotonic_seconds() if self._epoch else 0.0

    def forget(self) -> None:
        self._epoch = 0

    async def hold(self, connection: Connection) -> bool:
        """Take the lease, or renew it when a part of it is over; whether it is ours."""
        now = monotonic_seconds()
        if self.seconds_left > self._seconds * RENEWED_BELOW:
            return True
        if not self._epoch and now < self._look_at:
            return False
        self._epoch = 0 if await self._is_anothers(connection) else await self._take(connection)
        self._expires_at = now + self._seconds
        self._look_at = now + self._seconds * STANDBY_SHARE
        return bool(self._epoch)

    async def check(self, connection: Connection) -> None:
        """Keep others from taking it until the transaction ends. Raises LostLeaseError."""
        row = await connection.fetchrow("SELECT owner, epoch FROM relay_lease WHERE shard = 0 FOR SHARE")
        if row is None or (row["owner"], row["epoch"]) != (self._owner, self._epoch):
            raise LostLeaseError

    async def give_up(self, pool: Pool) -> None:
        await pool.execute("UPDATE relay_lease SET expires_at = '-infinity' WHERE owner = $1", self._owner)

    async def _is_anothers(self, connection: Connection) -> bool:
        """Asked without a lock: those who wait do not write."""
        held = "SELECT owner <> $1 AND expires_at >= clock_timestamp() FROM relay_lease WHERE shard = 0"
        return bool(await connection.fetchval(held, self._owner))

    async def _take(self, connection: Connection) -> int:
        """The epoch; 0 where another was faster."""
        epoch = await connection.fetchval(
            "INSERT INTO relay_lease AS held (shard, owner, epoch, expires_at)"
            " VALUES (0, $1, 1, clock_timestamp() + make_interval(secs => $2))"
            " ON CONFLICT (shard) DO UPDATE SET owner = $1, expires_at = excluded.expires_at,"
            " epoch = held.epoch + (held.owner <> $1)::integer"
            " WHERE held.owner = $1 OR held.expires_at < clock_timestamp() RETURNING epoch",
            self._owner,
            self._seconds,
        )
        return epoch or 0
