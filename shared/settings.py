"""Settings of a process, from the environment: prefix `BATON_`."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
DEPLOY = REPOSITORY / "deploy"


class Settings(BaseSettings):
    """What a service needs to run; every field is an environment variable with the prefix `BATON_`."""

    model_config = SettingsConfigDict(env_prefix="BATON_", secrets_dir=None, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    postgres: SecretStr = SecretStr("postgresql://baton:baton@127.0.0.1:5432/baton")
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
    stuck_seconds: float = 30.0
    """A position that has not moved for so long while there is lag means that the process is stuck, and it exits."""
    future_seconds: float = 300.0
    """An event further in the future than this is held in quarantine until its time comes."""
