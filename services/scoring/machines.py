"""Opens and clicks made by machines: mail scanners follow every link before the person sees the mail."""

from shared.events import Event

MAIL_EVENTS = frozenset({"email.opened", "email.clicked"})
SCANNERS = (
    "barracuda",
    "bot",
    "crawler",
    "curl/",
    "fortimail",
    "headlesschrome",
    "mimecast",
    "proofpoint",
    "python-requests",
    "safelinks",
    "spider",
    "symantec",
    "trendmicro",
)
"""Parts of user agents by which scanners are known, in small letters."""


def is_machine(event: Event) -> bool:
    """Whether an open or click was made by a mail scanner: it says so itself (`machine: true`), or its agent does."""
    if event.type not in MAIL_EVENTS:
        return False
    if event.data.value("machine") is True:
        return True
    agent = event.data.value("user_agent")
    return isinstance(agent, str) and any(mark in agent.lower() for mark in SCANNERS)
