"""The lines of the demo's output that the readmes show: `python -m tests.house.terminal_excerpt` writes them anew."""

import re

from tests.house.documents import README, README_JA, ROOT

PRINTED = ROOT / "docs/images/terminal.txt"
SHOWN = tuple(
    map(
        re.compile,
        (
            r"^Baton ·",
            r"^http://",
            r"Postgres ready",
            r"Kafka ready",
            r"gave us her card",
            r"alerts ready",
            r"an MQL\. Baton looks",
            r"The card goes to",
            r"→ .*New handoff: ",
            r"Baton reminds the owner",
            r"past the deadline\. The owner",
            r"Nobody acted",
            r"→ .*Reassigned to you: ",
            r"→ .*Now with ",
            r"Nobody is free",
            r"^Summary",
            r"^  leads",
            r"^  SLA met",
            r"^  Slack messages",
            r"^  published",
            r"^  lost",
            r"^stopped",
        ),
    )
)
LONG_GAP = 8


def excerpt(printed: str) -> str:
    """The first line of each kind, in order; an ellipsis where many lines are left out."""
    shown, wanted, last = list[str](), list(SHOWN), 0
    for number, line in enumerate(printed.splitlines()):
        found = next((pattern for pattern in wanted if pattern.search(line)), None)
        if found is None:
            continue
        wanted.remove(found)
        shown += ["…", line] if number > last + LONG_GAP else [line]
        last = number
    return "\n".join(shown) + "\n"


def main() -> None:
    """Put the excerpt into both readmes."""
    block = f"```text\n{excerpt(PRINTED.read_text())}```"
    for readme in (README, README_JA):
        readme.write_text(
            re.sub(r"^```text\n.*?^```$", lambda _: block, readme.read_text(), flags=re.MULTILINE | re.DOTALL)
        )


if __name__ == "__main__":
    main()
