"""The catalogue of faults: what may happen to Baton, and by which tests each was tried.

A test says with `@pytest.mark.row(12)` that it tries fault 12. `python -m tests.fault.catalogue` writes the table of
`docs/reliability.md`; a house test holds the two together.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "reliability.md"
BEGIN: Final = "<!-- the catalogue: python -m tests.fault.catalogue -->"
END: Final = "<!-- the end of the catalogue -->"

ROWS: Final[Mapping[int, str]] = {
    1: "scoring killed at each of its steps",
    2: "routing killed at each of its steps",
    3: "the timer loop killed at each of its steps",
    4: "alerts killed at each of its steps, also between Slack's yes and our record of it",
    5: "kpi killed at each of its steps",
    6: "the relay killed before it sends, after it sent, before it records",
    7: "the broker killed and brought back",
    8: "the coordinator of the consumer groups gone",
    9: "every broker down for minutes",
    10: "a rebalance in the middle of a batch, 1 → 4 → 1 replicas",
    11: "a storm of rebalances: a replica that joins and leaves again and again",
    12: "a zombie: stopped past its session, then woken",
    13: "the event loop blocked for longer than the session",
    14: "a batch that never ends",
    15: "a commit to Kafka that fails, or comes after the next rebalance",
    16: "the consumer's coordination task dead",
    17: "Postgres restarted, in order and at once",
    18: "the connection cut exactly at COMMIT, before and after it was done",
    19: "the network to Postgres silent: nothing answers, nothing closes",
    20: "deadlocks and serialization errors",
    21: "no connection to Postgres to be had",
    22: "a table altered under traffic",
    23: "Postgres failed over to a replica that lacks the last transactions",
    24: "Postgres restored from an old backup",
    25: "the same record read again",
    26: "the same activity sent again: later, in one batch, after the days that are remembered",
    27: "activities out of order, late by seconds to days",
    28: "activities from the future",
    29: "records that are no activities: bad JSON, empty, wrong types, too deep, too many keys",
    30: "headers that break parsers, and `reply_to`",
    31: "values no store takes: NUL, lone surrogates, NaN, too large numbers, times without zone",
    32: "records at, below and above the size limit",
    33: "schemas of other versions: newer, older, unknown",
    34: "a topic that is poison as a whole",
    35: "a send that the broker refuses for good, then a good one",
    36: "a replica's clock wrong, or set while it runs",
    37: "clock changes, leap days, new zone rules, holidays",
    38: "a hundred thousand timers due at once after an outage",
    39: "a timer cancelled while it fires",
    40: "Slack answers 429: short, long, without or with a senseless Retry-After",
    41: "Slack fails: 5xx, silence after it took the message, a reset, HTML, each class of refusal",
    42: "Slack's history not to be read while we look for a lost answer",
    43: "buttons pressed: replayed, old, badly signed, odd bytes, again and again",
    44: "webhooks taken in: repeated, outside the window, altered, two secrets",
    45: "a disk full, under Postgres and under Kafka",
    46: "a hundredfold burst, and a reader that falls behind",
    47: "Postgres slow, the line lossy",
    48: "SIGTERM at any step, twice, and while Postgres or Kafka is down",
    49: "a rolling deploy: two versions at work at once, and back again",
    50: "two relays, two timer loops, with a lease that ran out",
    51: "more partitions while it runs",
    52: "a topic deleted and made again, so that offsets begin anew",
    53: "no DNS, certificates that ran out, credentials that changed",
    54: "logs, traces and metrics that nobody takes",
}

NOT_TRIED: Final[Mapping[int, str]] = {
    44: "Baton takes in no webhooks: activities come through Kafka, `baton publish` and `baton import`. The one signed"
    " way in, Slack's buttons, is row 43.",
    45: "A small volume cannot be mounted without rights that tests do not have.",
}
"""Rows that cannot be tried here, each with the reason."""


def covered() -> dict[int, list[str]]:
    """By row the tests that try it, as `file::test`, sorted."""
    found: dict[int, list[str]] = {number: [] for number in ROWS}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, number in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            if number not in found:
                raise ValueError(f"{path.name}::{test} is marked with row {number}, which the catalogue does not have")
            found[number].append(f"{path.relative_to(ROOT).as_posix()}::{test}")
    return found


def _marked(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.row":
                    yield from ((node.name, int(ast.literal_eval(number))) for number in decorator.args)


def table() -> str:
    """The catalogue in Markdown."""
    tried = covered()
    lines = ["| # | fault | tried by |", "|---|---|---|"]
    for number, fault in ROWS.items():
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tried[number])
        lines.append(f"| {number} | {fault} | {tests or 'not tried: ' + NOT_TRIED.get(number, 'not yet')} |")
    return "\n".join(lines) + "\n"


def written(document: str) -> str:
    """The document with the catalogue as it is now."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
