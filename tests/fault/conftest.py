"""A live system that may be hurt: its own servers, a stand-in Slack, and a playbook whose clocks run out in minutes."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from tests.conftest import available
from tests.fakes.slack import FakeSlack
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
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(fake.app, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield fake, f"http://127.0.0.1:{listening.getsockname()[1]}/api/"
        server.should_exit = True
        thread.join()


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
