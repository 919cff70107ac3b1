"""What Baton must reach and aims at: ratios inside one run where there is something to compare with, else limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.figures import NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Target:
    """`figure`, divided by `by` where given, is to be at least `must` (at most where `most`), better still `aim`."""

    what: str
    figure: str
    must: float
    aim: float
    by: str = ""
    unit: str = "×"
    most: bool = False

    def found(self, figures: Mapping[str, float]) -> float | None:
        """None where a figure is missing."""
        if self.figure not in figures or (self.by and self.by not in figures):
            return None
        return figures[self.figure] / (figures[self.by] if self.by else 1.0)

    def verdict(self, found: float) -> str:
        """In one word, how far it was reached."""
        if self._reaches(found, self.aim):
            return "aim"
        return "reached" if self._reaches(found, self.must) else "missed"

    def cells(self, figures: Mapping[str, float]) -> tuple[str, ...]:
        found = self.found(figures)
        wanted = tuple(f"{'≤' if self.most else '≥'} {self._text(value)}" for value in (self.must, self.aim))
        if found is None:
            return (self.what, NOT_KNOWN, *wanted, "not measured")
        return (self.what, self._text(found), *wanted, self.verdict(found))

    def _reaches(self, found: float, wanted: float) -> bool:
        return found <= wanted if self.most else found >= wanted

    def _text(self, value: float) -> str:
        return f"{value:.2f} {self.unit}" if self.unit == "×" else f"{value:,.0f} {self.unit}"


SCORING, QUIX, KAFKA_STREAMS = "Baton scoring", "Quix Streams exactly-once", "Kafka Streams exactly-once v2"

TARGETS = (
    Target("scoring / Quix Streams exactly-once", SCORING, 1.0, 2.45, by=QUIX),
    Target("scoring / Kafka Streams exactly-once v2", SCORING, 0.4, 1.0, by=KAFKA_STREAMS),
    Target("routing / scoring", "Baton routing", 0.25, 0.5, by=SCORING),
    Target("alerts / scoring", "Baton alerts", 0.15, 0.3, by=SCORING),
    Target("kpi / scoring", "Baton kpi", 0.5, 1.0, by=SCORING),
    Target("activity → MQL p99 at 500/s", "MQL p99 at 500/s", 100, 30, unit="ms", most=True),
    Target("activity → Slack call p99 at 500/s", "Slack p99 at 500/s", 500, 150, unit="ms", most=True),
    Target("timers fired with state and outbox", "timers fired", 10_000, 30_000, unit="/s"),
    Target("lateness of a timer p99 at 200/s", "timer p99 at 200/s", 50, 15, unit="ms", most=True),
    Target("offline replay, four services", "all four services (offline)", 20_000, 60_000, unit="/s"),
    Target("memory of scoring", "scoring megabytes", 200, 120, unit="MB", most=True),
    Target("10,000 events a lead / 10", "10,000 events a lead", 0.8, 0.95, by="10 events a lead"),
    Target("a million leads / a thousand", "1,000,000 leads", 0.8, 0.95, by="1,000 leads"),
)
