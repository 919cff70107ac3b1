"""What the demo has to tell: steps of the start, what goes on now, the Slack messages; read by page and terminal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.demo.slack import SlackMessage
from services.local.steps import SystemStep
from shared.clock import monotonic_seconds
from shared.embedded.steps import ServerStep, Step, Wording
from shared.locales import Locale

WEEKDAYS: Final = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to say, in both languages."""

    en: str
    ja: str

    def of(self, lang: Locale) -> str:
        return self.ja if lang == "ja" else self.en


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A Slack message with the domain time at which it came."""

    message: SlackMessage
    at: datetime


LABEL: Final = Told("simulated data", "シミュレーション")
STARTING: Final = Told(
    "Starting Kafka, Postgres and the four services …", "Kafka、Postgres、4つのサービスを起動しています…"
)
STEPS_JA: Final[Mapping[Wording, str]] = {
    ServerStep.FETCHING: "Kafkaを取得しています（{megabytes:.0f} MB、初回のみ）",
    ServerStep.FORMATTING: "Kafkaの保存領域を作成しています（初回のみ）",
    ServerStep.CREATING: "Postgresのデータフォルダーを作成しています（初回のみ）",
    ServerStep.READY: "{name}の準備完了：{address}（{seconds:.1f} 秒）",
    ServerStep.LEFT_BEHIND: "前回の実行が残した{name}を停止しています（プロセス {pid}）",
    SystemStep.STARTING: "{names} を起動しています",
    SystemStep.TOPICS_IN_PLACE: "トピックの準備完了（新規 {created}）",
    SystemStep.TABLES_IN_PLACE: "テーブルとプレイブック {version} の準備完了",
    SystemStep.ALL_IN_PLACE: "テーブル、トピック（新規 {created}）、プレイブック {version} の準備完了",
    SystemStep.LEFT_BEHIND: "前回の実行が残したプロセス {pid} を停止しています",
}
Line = Callable[[Told], None]


@dataclass
class Show:
    """The state of the performance; `on_line` hears each new line at once."""

    lang: Locale
    names: Mapping[str, str]
    """Names by Slack address: reps' direct messages and teams' channels."""
    now: Callable[[], datetime]
    on_line: Line
    began: float = field(default_factory=monotonic_seconds)
    narration: Told = STARTING
    steps: list[Told] = field(default_factory=list)
    cards: dict[tuple[str, str], ShownCard] = field(default_factory=dict)
    pinned_lead: str = ""
    first_card_seconds: float | None = None
    posted: int = 0
    updated: int = 0

    @property
    def seconds(self) -> float:
        return monotonic_seconds() - self.began

    def step(self, step: Step) -> None:
        """A step of the start was done; called from any thread."""
        told = in_both(step)
        self.steps.append(told)
        self.on_line(Told(f"{self.seconds:5.1f} s  {told.en}", f"{self.seconds:5.1f} 秒  {told.ja}"))

    def say(self, en: str, ja: str) -> None:
        """What goes on now."""
        self.narration = Told(en, ja)
        self.on_line(Told(f"{self.now():%a %H:%M}  {en}", f"{weekday_ja(self.now())} {self.now():%H:%M}  {ja}"))

    def keep(self, message: SlackMessage) -> None:
        """A Slack message came, or changed."""
        key = (message.channel, message.ts)
        shown = self.cards.pop(key, None)
        self.cards[key] = ShownCard(message, shown.at if shown else self.now())
        if shown:
            self.updated += 1
            return
        self.posted += 1
        if self.first_card_seconds is None:
            self.first_card_seconds = self.seconds
            first = f"{self.seconds:.1f}"
            self.on_line(Told(f"first Slack card after {first} s", f"最初の Slack カードまで {first} 秒"))
        to = self.names.get(message.channel, message.channel)
        self.on_line(Told(f"  Slack → {to}: {title(message)}", f"  Slack → {to}：{title(message)}"))

    def latest(self, most: int) -> list[ShownCard]:
        """The newest messages first, those of the guided lead before all others."""
        newest = sorted(self.cards.values(), key=lambda card: (card.at, card.message.ts), reverse=True)
        newest.sort(key=lambda card: not self.is_pinned(card))
        return newest[:most]

    def is_pinned(self, card: ShownCard) -> bool:
        return bool(self.pinned_lead) and any(self.pinned_lead in str(block) for block in card.message.blocks[-1:])


def weekday_ja(at: datetime) -> str:
    """The weekday in Japanese, one character."""
    return WEEKDAYS[at.weekday()]


def in_both(step: Step) -> Told:
    """A step of the start in both languages."""
    return Told(str(step), step.worded(STEPS_JA[step.wording]))


def title(message: SlackMessage) -> str:
    """The first line of a message."""
    return message.text.partition("\n")[0]
