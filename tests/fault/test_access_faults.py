"""Names that do not resolve, certificates that ran out, credentials that changed: told, waited out, no crash.

Baton speaks to Kafka in plain text, so certificates and credentials are those of Postgres and of Slack.
"""

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from services.alerts.cards import Rendered
from services.alerts.outcomes import NotSent
from services.alerts.slack import SlackSender
from shared import db
from shared.host import StoppedWhileStartingError, run_until
from shared.outbox import OutboxSource
from shared.provisioning import apply_topics, read_topics
from shared.records import partition_of
from shared.relay import Relay
from shared.settings import Settings
from shared.topics import LEAD_ACTIVITY
from tests.fault.certificates import TlsPostgres, certificate, shown
from tests.fault.sometimes import sometimes
from tests.integration.tiny import SCHEMA, Tiny, activity, numbered, tiny_service, until
from tests.servers import KafkaAddress

Told = list[dict[str, object]]


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix, partitions=12, stop_seconds=5.0) as tiny:
        await asyncio.to_thread(apply_topics, kafka.bootstrap_servers, topic_prefix, read_topics())
        yield tiny


@pytest.fixture
def told() -> Iterator[Told]:
    """What is logged."""
    with capture_logs() as entries:
        yield entries


def waited_for(told: Told, what: str, error: str) -> int:
    return sum(entry.get("what") == what and entry.get("error_type") == error for entry in told)


def with_postgres(tiny: Tiny, netloc: str, query: str = "") -> Settings:
    """The settings with Postgres under another name, certificate or login."""
    dsn = urlsplit(tiny.settings.postgres.get_secret_value())._replace(netloc=netloc, query=query)
    return tiny.settings.model_copy(update={"postgres": SecretStr(dsn.geturl())})


@asynccontextmanager
async def starting(tiny: Tiny, settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """The service while it tries to start."""
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until(stopping, tiny.service, settings))
    try:
        yield running
    finally:
        stopping.set()
        await asyncio.wait([running])


async def works(tiny: Tiny, running: asyncio.Task[None]) -> None:
    """What is sent is applied, once, by the process that was started."""
    await tiny.send(activity("at last"), partition=partition_of(b"lead-1", 12))
    await until(lambda: tiny.has_applied("at last"))
    assert await tiny.applied() == ["at last"]
    assert not running.done()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names and their addresses, as a name server of our own knows them: others in `.test` do not resolve."""
    known: dict[str, str] = {}
    resolve = socket.getaddrinfo

    def look_up(host: str | None, *more: object, **options: object) -> object:
        if host and host.endswith(".test") and host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(known.get(host, host) if host else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.long
@pytest.mark.row(53)
async def test_a_postgres_whose_name_does_not_resolve_is_waited_for(
    tiny: Tiny, names: dict[str, str], told: Told
) -> None:
    dsn = urlsplit(tiny.settings.postgres.get_secret_value())
    named = with_postgres(tiny, f"{dsn.username}:{dsn.password}@postgres.test:{dsn.port}")
    async with starting(tiny, named) as running:
        await until(lambda: waited_for(told, "Postgres", "gaierror") >= 2)
        names["postgres.test"] = "127.0.0.1"
        await works(tiny, running)
    sometimes("no name for Postgres", waited_for(told, "Postgres", "gaierror"))


@pytest.mark.long
@pytest.mark.row(53)
async def test_a_kafka_whose_name_does_not_resolve_is_waited_for_and_the_service_stops_when_told(
    tiny: Tiny, told: Told
) -> None:
    async with starting(tiny, tiny.settings.model_copy(update={"kafka": "kafka.invalid:9092"})) as running:
        await until(lambda: waited_for(told, "Kafka", "KafkaException") >= 2)
        assert not running.done()
    assert isinstance(running.exception(), StoppedWhileStartingError)


@pytest.mark.row(53)
async def test_events_wait_for_a_kafka_whose_name_does_not_resolve(tiny: Tiny, names: dict[str, str]) -> None:
    port = tiny.settings.kafka.rpartition(":")[2]
    settings = tiny.settings.model_copy(update={"kafka": f"kafka.test:{port}"})
    add = "INSERT INTO outbox (topic, key, value) SELECT $1, 'lead-1', 'x' FROM generate_series(1, 50)"
    await tiny.pool.execute(add, LEAD_ACTIVITY)
    stopping = asyncio.Event()
    running = asyncio.create_task(Relay(SCHEMA, settings, tiny.pool, [OutboxSource()], tiny.metrics).run(stopping))

    await until(lambda: tiny.counted("baton_relay_errors_total") >= 2)
    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox") == 50
    names["kafka.test"] = "127.0.0.1"
    await until(lambda: tiny.counted("baton_events_out_total", topic=LEAD_ACTIVITY) == 50)
    stopping.set()
    await running

    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox") == 0


@pytest.fixture
async def login(tiny: Tiny) -> AsyncIterator["Login"]:
    login = Login(tiny, f"baton_{secrets.token_hex(4)}")
    await tiny.pool.execute(f"CREATE ROLE {login.name} SUPERUSER LOGIN PASSWORD 'old'")
    yield login
    await tiny.pool.execute(f"DROP OWNED BY {login.name}; DROP ROLE {login.name}")


@dataclass
class Login:
    """A login of the service's own, whose password can be changed."""

    tiny: Tiny
    name: str

    @property
    def settings(self) -> Settings:
        dsn = urlsplit(self.tiny.settings.postgres.get_secret_value())
        return with_postgres(self.tiny, f"{self.name}:old@{dsn.hostname}:{dsn.port}")

    async def change_password(self, password: str) -> None:
        await self.tiny.pool.execute(f"ALTER ROLE {self.name} PASSWORD '{password}'")

    async def cut_off(self) -> None:
        await self.tiny.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", self.name
        )


@pytest.mark.row(53)
async def test_a_password_that_is_refused_is_told_and_waited_out(tiny: Tiny, login: Login, told: Told) -> None:
    await login.change_password("new")
    async with starting(tiny, login.settings) as running:
        await until(lambda: waited_for(told, "Postgres", "InvalidPasswordError") >= 2)
        await login.change_password("old")
        await works(tiny, running)
    sometimes("a password refused", waited_for(told, "Postgres", "InvalidPasswordError"))


@pytest.mark.row(53)
async def test_a_password_changed_under_a_service_at_work_costs_no_record(tiny: Tiny, login: Login) -> None:
    owner, tiny.pool = tiny.pool, await db.connect(login.settings.postgres.get_secret_value(), SCHEMA)
    runner = tiny.runner()
    await runner.take(numbered(0))
    tiny.pool, pool = owner, tiny.pool
    await login.change_password("new")
    await login.cut_off()

    taking = asyncio.create_task(runner.take(numbered(1, 2)))
    await until(lambda: tiny.counted("baton_retries_total", reason="InvalidPasswordError") >= 3)
    await login.change_password("old")
    await taking
    await db.close(pool)

    assert await tiny.applied() == ["e0-0", "e0-1", "e0-2"]
    assert await tiny.quarantined() == []


@pytest.fixture(scope="session")
def openssl() -> str:
    found = shutil.which("openssl")
    if found is None:
        pytest.skip("certificates are made with the openssl of this machine, which has none")
    return found


@pytest.mark.long
@pytest.mark.row(53)
async def test_a_postgres_whose_certificate_ran_out_is_told_and_waited_for(
    tiny: Tiny, told: Told, openssl: str, tmp_path: Path
) -> None:
    old, new = certificate(openssl, tmp_path, -1), certificate(openssl, tmp_path, 1)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(old.read_bytes() + new.read_bytes())
    dsn = urlsplit(tiny.settings.postgres.get_secret_value())
    secured = TlsPostgres(dsn.hostname or "", dsn.port or 0, shown(old))
    async with secured.serving() as address:
        query = f"sslmode=verify-full&sslrootcert={trusted}"
        async with starting(tiny, with_postgres(tiny, f"{dsn.username}:{dsn.password}@{address}", query)) as running:
            await until(lambda: waited_for(told, "Postgres", "SSLCertVerificationError") >= 2)
            secured.context = shown(new)
            await works(tiny, running)
    sometimes("a certificate that ran out", secured.refused)


@pytest.mark.row(53)
async def test_a_message_waits_for_a_slack_whose_certificate_ran_out(openssl: str, tmp_path: Path) -> None:
    """Nothing was sent, so that the message can be sent again without being a repeat."""
    read: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        read.append(await reader.read())

    context = shown(certificate(openssl, tmp_path, -1))
    async with await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context) as server:
        sender = SlackSender("xoxb-test", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/")
        outcome = await sender.post("C01", Rendered("New handoff", ()), "n-1")
        await sender.close()

    assert outcome == NotSent("ClientConnectorCertificateError")
    assert read == []
