"""Settings of a process, from the environment: prefix `BATON_`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
DEPLOY = REPOSITORY / "deploy"


def _address_of_postgres(dsn: SecretStr) -> SecretStr:
    """The address itself. Raises ValueError, which does not repeat it: it holds a password."""
    scheme, _, rest = dsn.get_secret_value().partition("://")
    if scheme not in ("postgresql", "postgres") or not _are_hosts(urlsplit(f"//{rest}").netloc.rpartition("@")[2]):
        raise ValueError("an address such as postgresql://baton:secret@127.0.0.1:5432/baton is expected")
    return dsn


def _addresses_of_kafka(servers: str) -> str:
    """The addresses themselves. Raises ValueError."""
    if not servers or not _are_hosts(servers):
        raise ValueError("host:port is expected, several separated by commas, such as 127.0.0.1:9092")
    return servers


def _are_hosts(text: str) -> bool:
    """Whether each host, where it has a port, has a number for it."""
    try:
        return all(urlsplit(f"//{host}").port != 0 for host in text.split(","))
    except ValueError:
        return False


class Settings(BaseSettings):
    """What a service needs to run; every field is an environment variable with the prefix `BATON_`."""

    model_config = SettingsConfigDict(env_prefix="BATON_", secrets_dir=None, extra="ignore")

    kafka: Annotated[str, AfterValidator(_addresses_of_kafka)] = "127.0.0.1:9092"
    postgres: Annotated[SecretStr, AfterValidator(_address_of_postgres)] = SecretStr(
        "postgresql://baton:baton@127.0.0.1:5432/baton"
    )
    topic_prefix: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 0
    log_level: str = "INFO"
    label: str = ""
    """Stands on every screen, such as "simulated data"."""
    lanes: int = 2
    batch_records: int = 1000
    batch_timeout_seconds: float = 20.0
    stop_seconds: float = 15.0
    breaker_after: int = 100
    session_timeout_seconds: float = 45.0
    inbox_days: int = 90
    """An event that comes again is known for so long after its own time. Keep it at thrice the topics' retention."""
    lease_seconds: float = 10.0
    """How long a relay's lease lasts after its holder was last heard of."""
    outbox_full: int = 200_000
    """While more events than this wait to be published, the service reads nothing more."""
    stuck_seconds: float = 25.0
    """A process whose reading or publishing has stood still for so long, while there is something to do and its servers
    answer, is stuck, and exits. Keep it above the batch timeout."""
    future_seconds: float = 300.0
    """An event further in the future than this is held in quarantine until its time comes."""
    quarantine_done_days: int = 30
    """What is done in quarantine is deleted so long after it was."""
