"""The numbers below the first answer: deadlines kept, response, conversion, sources, reps."""

from collections import Counter
from html import escape

from services.kpi.effort import Sla
from services.kpi.pages.parts import DASH, Column, card, length, money, number, percent, short_money, table, work
from services.kpi.pages.words import Words
from services.kpi.report import Slice
from services.kpi.views import PageView

RATES = ("lead_to_mql", "mql_to_sql", "sql_to_opportunity", "win")


def deadlines(view: PageView, words: Words) -> str:
    """SLA clocks by team: how many of those that ended were met."""
    rows = [
        (team, clock, sla)
        for team, numbers in view.report["by_team"].items()
        for clock, sla in numbers["activity"]["sla_by_clock"].items()
    ]
    if not rows:
        return card(words("sla"), f'<p class="empty">{words("no_sla")}</p>', css="sla")
    columns = (Column(words("clock")), Column(words("kept"), figures=True), Column(words("breached"), figures=True))
    shown = Counter((team, words.coded("clock", clock)) for team, clock, _ in rows)
    cells = [_clock(view, words, *row, alike=shown[row[0], words.coded("clock", row[1])] > 1) for row in rows]
    return card(words("sla"), table(words("sla"), columns, cells), words("sla_note"), "sla")


def _clock(view: PageView, words: Words, team: str, clock: str, sla: Sla, *, alike: bool) -> list[str]:
    """A clock's row; of clocks of one team that are called alike, the code tells which is which."""
    kept = sla["attainment"]
    whose = words.named("team", team) + (f" · {clock}" if alike else "")
    name = f'{escape(words.coded("clock", clock))}<span class="team">{escape(whose)}</span>'
    return [name, _against(kept, view.targets.sla) + _bar(kept, view.targets.sla), number(sla["breached"])]


def _against(value: float | None, target: float | None) -> str:
    missed = value is not None and target is not None and value < target
    return f'<span class="{"under" if missed else "plain"}">{percent(value)}</span>'


def _bar(value: float | None, target: float | None) -> str:
    if value is None:
        return ""
    aim = f'<i class="aim" style="left:{target * 100:.0f}%"></i>' if target is not None else ""
    return f'<span class="bar" aria-hidden="true"><i class="fill" style="width:{value * 100:.0f}%"></i>{aim}</span>'


def answers(view: PageView, words: Words) -> str:
    """Response, speed to lead and connections, each with what it is taken of."""
    did = view.report["activity"]
    speed = did["speed_to_lead_working_seconds"]
    handed = words(
        "of_due" if view.pending else "of_handed",
        n=f"{did['handed_over']:,}",
        within=work(view.response_within, words),
        pending=f"{view.pending:,}",
    )
    p90 = f"{words('speed_unit')} · {words('p90')} {length(speed['p90'], words)}"
    tiles = (
        (words("response_rate"), _against(did["response_rate"], view.targets.response_rate), escape(handed)),
        (words("speed"), length(speed["median"], words), p90),
        (
            words("connect_rate"),
            _against(did["connect_rate"], view.targets.connect_rate),
            words("of_calls", n=f"{did['calls']:,}"),
        ),
        (words("won_amount"), short_money(did["won_amount"], words), f"{words('won')} {number(did['deals_won'])}"),
    )
    shown = "".join(
        f"<div><dt>{name}</dt><dd>{figure}</dd><dd class='of'>{of}</dd></div>" for name, figure, of in tiles
    )
    return f'<dl class="tiles">{shown}</dl>'


def conversion(view: PageView, words: Words) -> str:
    """The four rates, by period and by cohort, against the company's targets."""
    columns = (
        Column(words("rate")),
        Column(words("period"), figures=True),
        Column(words("cohort"), figures=True),
        Column(words("target"), figures=True),
    )
    shown = [name for name in RATES if any(stage.stage == "sql" for stage in view.funnel) or "sql" not in name]
    rows = [_rate(view, words, name) for name in shown]
    return card(
        words("rates"), table(words("rates"), columns, rows), f"{words('period_note')} {words('cohort_note')}", "rates"
    )


def _rate(view: PageView, words: Words, name: str) -> list[str]:
    rates = view.report["rates"]
    target: float | None = view.targets.model_dump()[name]
    cohort = rates[f"{name}_cohort"]
    return [
        words(name),
        percent(rates[f"{name}_period"]),
        _against(cohort, target) + _bar(cohort, target),
        percent(target),
    ]


def by_source(view: PageView, words: Words) -> str:
    """Each lead source with what came of it."""
    sources = view.report["by_source"]
    rows = [
        [escape(words.coded("source", source)), *_slice(numbers)]
        for source, numbers in sorted(sources.items(), key=lambda item: -(item[1]["totals"]["leads"] or 0))
    ]
    columns = (
        Column(words("source")),
        Column(words("leads"), figures=True),
        Column(words("mqls"), figures=True),
        Column(words("lead_to_mql"), figures=True),
        Column(words("opportunities"), figures=True),
        Column(words("won"), figures=True),
        Column(words("cost_per_mql"), figures=True),
    )
    return card(words("by_source"), table(words("by_source"), columns, rows, "stacked"), css="sources") if rows else ""


def _slice(numbers: Slice) -> list[str]:
    totals = numbers["totals"]
    return [
        number(totals["leads"]),
        _entered(numbers, "mqls"),
        percent(numbers["rates"]["lead_to_mql_cohort"]),
        _entered(numbers, "opportunities"),
        number(totals["won"]),
        money(numbers["activity"]["cost_per_mql"]),
    ]


def _entered(numbers: Slice, stage: str) -> str:
    entered, implied = numbers["totals"][stage], numbers["totals"][f"{stage}_implied"]
    return DASH if entered is None else f"{entered + (implied or 0):,}"


def by_rep(view: PageView, words: Words) -> str:
    """Each rep's work and what came of it."""
    reps = view.report["by_rep"]
    rows = [[escape(view.rep_names.get(rep, rep)), *_work(numbers, view)] for rep, numbers in reps.items()]
    columns = (
        Column(words("owner")),
        Column(words("mqls"), figures=True),
        Column(words("response_rate"), figures=True),
        Column(words("calls"), figures=True),
        Column(words("sqls"), figures=True),
        Column(words("won"), figures=True),
        Column(words("kept"), figures=True),
    )
    return card(words("by_rep"), table(words("by_rep"), columns, rows, "stacked"), css="reps") if rows else ""


def _work(numbers: Slice, view: PageView) -> list[str]:
    did = numbers["activity"]
    return [
        _entered(numbers, "mqls"),
        percent(did["response_rate"]),
        number(did["calls"]),
        _entered(numbers, "sqls"),
        number(numbers["totals"]["won"]),
        _against(did["sla"]["attainment"], view.targets.sla),
    ]
