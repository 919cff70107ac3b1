"""The fake Slack in a thread of its own, which notes when it was called, and about which lead."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.responses import Response

from services.demo.slack import Arguments
from tests.fakes.slack import FakeSlack
from tests.support.servings import serving

LEAD = re.compile(r"lead-[\w-]+")


@dataclass
class TimedSlack(FakeSlack):
    """`called_at` tells when the first message about each lead came, in seconds since the epoch."""

    url: str = ""
    called_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    async def answer(self, method: str, arguments: Arguments) -> Response:
        at = time.time()
        if method == "chat.postMessage":
            for lead in LEAD.findall(json.dumps(arguments)):
                self.called_at.setdefault(lead, at)
        return await super().answer(method, arguments)

    def reset(self) -> None:
        super().reset()
        self.called_at.clear()

    @property
    def settings(self) -> dict[str, str]:
        """What makes alerts send to it."""
        return {"BATON_SLACK_TOKEN": "bench", "BATON_SLACK_URL": self.url}


@contextmanager
def timed_slack() -> Iterator[TimedSlack]:
    slack = TimedSlack()
    with serving(slack.app) as url:
        slack.url = f"{url}/api/"
        yield slack
