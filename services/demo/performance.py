"""One run of the demo: bring the system up, play the opening, let the company work, and count at the end."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.alerts.playbook import AlertsPlaybook
from services.alerts.playbook import load as load_alerts
from services.demo import company, reps
from services.demo.clock import TUESDAY, WEDNESDAY, DemoClock
from services.demo.driver import Driver
from services.demo.floor import Floor
from services.demo.guided import LEAD, Guided
from services.demo.looking_in import write_addresses
from services.demo.page import DemoPage
from services.demo.phrases import look_in
from services.demo.pressing import Presser
from services.demo.reckoning import reckon
from services.demo.show import LABEL, Line, Show, weekday_ja
from services.demo.slack import SlackServer, conversation_with
from services.demo.spoilt import spoilt
from services.demo.summary import summary
from services.demo.wording import playbook_in
from services.kpi.playbook import load as load_kpi
from services.local.whole_system import WholeSystem
from shared import db
from shared.locales import Locale
from shared.playbook import PlaybookFolder
from shared.publisher import Publisher

NEW_A_DAY: Final = 25
"""Of so many leads known at the start, one new one comes a day."""
PIPELINE_OF: Final = 75
TICK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """How the demo is to run; `seconds` and `days` (of the company) end it by themselves."""

    folder: Path
    playbook: Path
    port: int
    leads: int = 3000
    seed: int = 7
    speed: float = 60.0
    seconds: float | None = None
    days: int | None = None
    lang: Locale = "ja"


class Performance:
    """Everything that one run consists of; `url` is where the page is."""

    def __init__(self, options: Options, on_line: Line) -> None:
        playbook = playbook_in(options.lang, options.playbook, options.folder / "playbook")
        folder = PlaybookFolder.read(playbook)
        rules = load_alerts(folder)
        calendars = {rep.id: rep.calendar for rep in rules.reps.values()}
        self.options = options
        self.clock = DemoClock(list(calendars.values()))
        self.show = Show(options.lang, _names(rules), self.clock.now, on_line)
        self.slack = SlackServer(self.show.keep)
        self.presser = Presser()
        self.page = DemoPage(self.show, self.slack, self.presser, load_kpi(folder))
        settings = {
            "BATON_LABEL": LABEL.of(options.lang),
            "BATON_SLACK_TOKEN": "simulated",
            "BATON_SLACK_URL": f"http://127.0.0.1:{options.port}/slack/api/",
            "BATON_SLACK_SIGNING_SECRET": self.presser.secret,
            "NO_PROXY": "127.0.0.1",
        }
        self.system = WholeSystem(options.folder, playbook, settings, self.show.step)
        self._calendars = calendars
        self._driver: Driver | None = None
        self.url = ""
        self.lost = 0

    @property
    def sent(self) -> int:
        return self._driver.sent if self._driver else 0

    async def run(self, stopping: asyncio.Event) -> str:
        """Play until told to stop, or to the end that the options name; returns the summary."""
        await asyncio.to_thread(self.system.start_servers)
        pool = await db.connect(self.system.dsn, "kpi", most=3)
        publisher = Publisher(self.system.kafka, "")
        try:
            self.clock.rule(pool)
            await self.clock.set(TUESDAY, 60)
            driver = self._driver = Driver(self.clock, publisher)
            floor = Floor(self.options.seed, driver, self.clock, self._calendars)
            guided = Guided(self.options.seed, self.show, floor, driver, self.clock)
            await driver.send(guided.beforehand())
            guided.introduce()
            await self._start_services(stopping)
            self.show.on_line(look_in(write_addresses(self.options.folder, self.system.kafka, self.system.dsn), LEAD))
            if not stopping.is_set():
                self.page.open(pool)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(driver.run(stopping))
                    tasks.create_task(floor.listen(self.system.kafka, stopping))
                    await self._until_over(guided, driver, stopping)
            return await self._reckoned()
        finally:
            self.page.close()
            await publisher.close()
            await db.close(pool)

    async def stop(self) -> None:
        await asyncio.to_thread(self.system.stop)

    async def _start_services(self, stopping: asyncio.Event) -> None:
        if not stopping.is_set():
            await asyncio.to_thread(self.system.start_services)
            self.presser.interactions_url = f"{self.system.url('alerts')}/slack/interactions"

    async def _until_over(self, guided: Guided, driver: Driver, stopping: asyncio.Event) -> None:
        play = asyncio.create_task(self._play(guided, driver))
        stopped = asyncio.create_task(stopping.wait())
        try:
            seconds = self.options.seconds
            await asyncio.wait([play, stopped], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if play.done():
                play.result()
        finally:
            stopping.set()
            play.cancel()
            await asyncio.wait([play, stopped])

    async def _play(self, guided: Guided, driver: Driver) -> None:
        options = self.options
        past = [
            *company.costs(options.seed, TUESDAY),
            *company.history(options.seed, options.leads, TUESDAY - timedelta(days=3)),
        ]
        enough = asyncio.Event()
        importing = asyncio.create_task(driver.import_history(past, enough))
        try:
            await guided.run()
            self.show.say(
                f"Wednesday 09:00. The whole company at work, {options.speed:.0f} times as fast; nights are skipped.",
                f"水曜 9:00。会社全体が動き出します（{options.speed:.0f}倍速、夜間はスキップ）。",
            )
            driver.plan(company.pipeline(options.seed, options.leads // PIPELINE_OF, WEDNESDAY))
            driver.plan(reps.absences(options.seed, WEDNESDAY))
            await guided.leave_stage(options.speed)
            await self._work(driver)
        finally:
            enough.set()
            await importing

    async def _work(self, driver: Driver) -> None:
        day, number = WEDNESDAY, 0
        self._plan_day(driver, number, day)
        while True:
            opening = await self.clock.skip_closed_hours()
            if opening and opening.date() > day.date():
                day, number = opening, number + 1
                if number == self.options.days:
                    return
                self.show.say(
                    f"{opening:%A %H:%M}. The next working day.",
                    f"{weekday_ja(opening)}曜 {opening:%H:%M}。次の営業日です。",
                )
                self._plan_day(driver, number, day)
            await asyncio.sleep(TICK_SECONDS)

    def _plan_day(self, driver: Driver, number: int, opening: datetime) -> None:
        driver.plan(company.day_of(self.options.seed, number, self.options.leads // NEW_A_DAY, opening))
        driver.plan(spoilt(self.options.seed, number, opening))

    async def _reckoned(self) -> str:
        view = await self.page.view()
        if view is None:
            return ""
        counted = await reckon(self.system.kafka, self.system.dsn, self.system.url("scoring"))
        self.lost = counted.lost
        return summary(await self.page.view() or view, counted, self.show, self.options.lang)


def _names(rules: AlertsPlaybook) -> dict[str, str]:
    """Names by rep id, by the conversation with a rep, and by channel."""
    by_id = {rep.id: rep.name for rep in rules.reps.values()}
    by_conversation = {conversation_with(rep.slack): rep.name for rep in rules.reps.values() if rep.slack}
    return by_id | by_conversation | {team.channel: f"#{team.id}" for team in rules.teams.values() if team.channel}
