"""Two kinds of error, told apart in one place: wait and repeat, or quarantine."""

import asyncpg
from aiokafka.errors import KafkaError

TRANSIENT_SQLSTATES = ("08", "28", "42", "53", "57P0", "58")
"""Classes 28 and 42, a refused login, a missing table, column or right, are the installation's fault and no record's:
they wait to be mended."""
MISFITS = ("28", "42")
TRANSIENT_CODES = frozenset({"25006", "25P03", "25P04", "40001", "40P01", "55P03", "57014"})


class PermanentError(Exception):
    """A record that can never be handled: it goes to quarantine."""


class TransientError(Exception):
    """Something that passes: wait and repeat."""


def is_transient(error: BaseException) -> bool:
    """Whether repeating the whole transaction may help.

    A connection lost at COMMIT surfaces as InterfaceError and leaves the outcome unknown: the repeat reads the
    position row and finds out. One that is lost while the driver resets it surfaces as InternalClientError.
    """
    if isinstance(error, asyncpg.PostgresError):
        code = str(getattr(error, "sqlstate", "") or "")
        return code.startswith(TRANSIENT_SQLSTATES) or code in TRANSIENT_CODES or _is_stale_plan(error)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, asyncpg.exceptions.DataError | ValueError)
    return isinstance(error, OSError | TransientError | KafkaError | asyncpg.InternalClientError)


def is_misfit(error: BaseException) -> bool:
    """Whether the database is not the one that this code was written for: it refuses the login, or lacks a table,
    column or right. Waiting helps only once somebody has acted."""
    return isinstance(error, asyncpg.PostgresError) and str(getattr(error, "sqlstate", "") or "").startswith(MISFITS)


def _is_stale_plan(error: asyncpg.PostgresError) -> bool:
    return isinstance(error, asyncpg.InvalidCachedStatementError | asyncpg.PostgresConnectionError)
