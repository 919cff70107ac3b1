"""A live system that may be hurt: its own servers, a stand-in Slack, and a playbook whose clocks run out in minutes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from tests.fakes.slack import FakeSlack
from tests.support.servings import serving
from tests.support.systems import live_system

QUICK = Path(__file__).parents[1] / "support" / "quick"


@dataclass
class Wounded:
    """The system under attack."""

    stack: EmbeddedStack
    system: LocalSystem
    slack: FakeSlack


@contextmanager
def wounded_system(folder: Path, slack: FakeSlack, slack_url: str) -> Iterator[Wounded]:
    """The four services on servers of their own, with a session timeout and a lease of seconds."""
    settings = {
        "BATON_SLACK_TOKEN": "xoxb-test",
        "BATON_SLACK_URL": slack_url,
        "BATON_SESSION_TIMEOUT_SECONDS": "6",
        "BATON_LEASE_SECONDS": "3",
    }
    with (
        EmbeddedStack(folder / "stack") as stack,
        live_system(stack.bootstrap_servers, stack.dsn, folder / "system", QUICK, settings) as system,
    ):
        yield Wounded(stack, system, slack)


@contextmanager
def stand_in_slack() -> Iterator[tuple[FakeSlack, str]]:
    """A Slack that keeps what is posted, and the address of its API."""
    fake = FakeSlack()
    with serving(fake.app) as url:
        yield fake, f"{url}/api/"
