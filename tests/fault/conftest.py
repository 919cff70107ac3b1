"""A live system that may be hurt: its own servers, a stand-in Slack, and a playbook whose clocks run out in minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from tests.fakes.slack import FakeSlack
from tests.servers import available
from tests.support.servings import serving
from tests.support.systems import live_system

QUICK = Path(__file__).parents[1] / "support" / "quick"


@dataclass
class Wounded:
    """The system under attack."""

    stack: EmbeddedStack
    system: LocalSystem
    slack: FakeSlack


@pytest.fixture(scope="module")
def slack() -> Iterator[tuple[FakeSlack, str]]:
    fake = FakeSlack()
    with serving(fake.app) as url:
        yield fake, f"{url}/api/"


@pytest.fixture(scope="module")
def wounded(slack: tuple[FakeSlack, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wounded]:
    fake, url = slack
    folder = tmp_path_factory.mktemp("wounded")
    settings = {
        "BATON_SLACK_TOKEN": "xoxb-test",
        "BATON_SLACK_URL": url,
        "BATON_SESSION_TIMEOUT_SECONDS": "6",
        "BATON_LEASE_SECONDS": "3",
    }
    with (
        available(),
        EmbeddedStack(folder / "stack") as stack,
        live_system(stack.bootstrap_servers, stack.dsn, folder / "system", QUICK, settings) as system,
    ):
        yield Wounded(stack, system, fake)
