"""What a bench finds: runs, the rows they make, and sections of a report with the figures behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

NOT_KNOWN = "–"


@dataclass(frozen=True, slots=True)
class Run:
    """So many events in so many seconds; CPU seconds of the client's processes and of Kafka and Postgres together."""

    events: int
    seconds: float
    client_cpu_seconds: float = 0.0
    server_cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0
    emitted: int | None = None
    """Events that came out, such as qualified leads."""

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    @property
    def client_microseconds(self) -> float:
        return self.client_cpu_seconds / self.events * 1e6

    @property
    def server_microseconds(self) -> float:
        return self.server_cpu_seconds / self.events * 1e6


@dataclass
class Row:
    """One thing measured, in rounds; or the reason why it was not."""

    name: str
    runs: list[Run] = field(default_factory=list)
    skipped: str = ""

    @property
    def per_second(self) -> float:
        """The median over the rounds. Raises ValueError where there was none."""
        return median(run.per_second for run in self.runs)

    def cells(self) -> tuple[str, ...]:
        if not self.runs:
            return (self.name, "skipped")
        rates = sorted(run.per_second for run in self.runs)
        emitted = self.runs[-1].emitted
        return (
            self.name,
            f"{median(run.events for run in self.runs):,.0f}",
            *(f"{rate:,.0f}" for rate in (rates[0], median(rates), rates[-1])),
            f"{median(run.client_microseconds for run in self.runs):.1f}",
            f"{median(run.server_microseconds for run in self.runs):.1f}",
            f"{max(run.peak_megabytes for run in self.runs):,.0f}",
            NOT_KNOWN if emitted is None else f"{emitted:,}",
        )

    def document(self) -> dict[str, object]:
        """What goes into the JSON."""
        if not self.runs:
            return {"skipped": self.skipped}
        fields = ("events", "seconds", "client_cpu_seconds", "server_cpu_seconds", "peak_megabytes", "emitted")
        rounds = [{name: getattr(run, name) for name in fields} for run in self.runs]
        return {"events_per_second": self.per_second, "rounds": rounds}


@dataclass
class Section:
    """One table of the report; `keyed` are the figures that targets are held against."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    keyed: dict[str, float] = field(default_factory=dict)
    document: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


RATES = (
    "work",
    "measured",
    "events/s min",
    "median",
    "max",
    "client µs/event",
    "servers µs/event",
    "peak MB",
    "emitted",
)


def of_rates(title: str, rows: Sequence[Row], notes: Sequence[str] = ()) -> Section:
    """A section of rates; each row's median is keyed by its name."""
    keyed = {row.name: row.per_second for row in rows if row.runs}
    documents: dict[str, object] = {row.name: row.document() for row in rows}
    skipped = [f"{row.name} was skipped: {row.skipped}" for row in rows if row.skipped]
    return Section(title, RATES, [row.cells() for row in rows], keyed, documents, skipped + list(notes))


def turned(names: list[str], number: int) -> list[str]:
    """The names from another one on in each round, so that none always comes after the same."""
    first = number % len(names)
    return names[first:] + names[:first]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; `ordered` holds one or more."""
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[min(rank, len(ordered)) - 1]
