"""Which errors pass and are waited out, and which stay and send the record to quarantine."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from shared.clock import NoClockError
from shared.errors import PermanentError, TransientError, is_transient
from shared.events import InvalidEventError
from shared.screening import BreakerOpenError
from shared.transaction import SameIdTwiceError


class ServerError(asyncpg.PostgresError):
    """An error of Postgres with a state that asyncpg has no class for."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


PASSES = [
    asyncpg.ConnectionDoesNotExistError(),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress"),
    asyncpg.TooManyConnectionsError(),
    asyncpg.DiskFullError(),
    asyncpg.OutOfMemoryError(),
    asyncpg.AdminShutdownError(),
    asyncpg.CrashShutdownError(),
    asyncpg.CannotConnectNowError(),
    asyncpg.SerializationError(),
    asyncpg.DeadlockDetectedError(),
    asyncpg.LockNotAvailableError(),
    asyncpg.QueryCanceledError(),
    asyncpg.IdleInTransactionSessionTimeoutError(),
    asyncpg.ReadOnlySQLTransactionError(),
    asyncpg.PostgresIOError(),
    asyncpg.InvalidCachedStatementError(),
    asyncpg.OutdatedSchemaCacheError("type changed"),
    ServerError("08P01"),
    asyncpg.UndefinedTableError(),
    asyncpg.UndefinedColumnError(),
    asyncpg.InsufficientPrivilegeError(),
    asyncpg.InvalidPasswordError(),
    asyncpg.InvalidAuthorizationSpecificationError(),
    NoClockError(),
    ServerError("25P04"),
    KafkaConnectionError(),
    MessageSizeTooLargeError(),
    TimeoutError(),
    ConnectionResetError(),
    OSError("no route"),
    TransientError(),
    BreakerOpenError(),
]
STAYS = [
    asyncpg.exceptions.DataError("22P05"),
    asyncpg.exceptions._base.DataError("not an integer"),
    asyncpg.UniqueViolationError(),
    asyncpg.NotNullViolationError(),
    asyncpg.UntranslatableCharacterError(),
    asyncpg.InFailedSQLTransactionError(),
    PermanentError(),
    InvalidEventError(),
    SameIdTwiceError(),
    ValueError(),
    KeyError(),
    ZeroDivisionError(),
    RecursionError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"),
]


@pytest.mark.parametrize("error", PASSES, ids=lambda e: f"{type(e).__name__} {getattr(e, 'sqlstate', '')}")
def test_an_error_that_passes_is_waited_out(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", STAYS, ids=lambda e: f"{type(e).__name__} {getattr(e, 'sqlstate', '')}")
def test_an_error_that_stays_is_not_repeated(error: Exception) -> None:
    assert not is_transient(error)
