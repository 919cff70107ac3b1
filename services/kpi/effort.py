"""What the teams did, and what it cost and brought: the section `activity` of the numbers."""

from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate
from typing import Final, TypedDict

from services.kpi.rates import Amounts, ratio, share

BY_CLOCK: Final = ("sla_met:", "sla_breached:")


class Speed(TypedDict):
    """Seconds from being handed over to the first human touch, to two significant digits."""

    leads: int
    median: int | None
    p90: int | None


class Sla(TypedDict):
    """Clocks by outcome; `attainment` is met over met and breached."""

    met: int
    breached: int
    attainment: float | None


class Effort(TypedDict):
    """Work and its outcome. Money is by currency, in its major unit.

    `connect_rate`: persons reached over calls. `response_rate`: MQLs touched by a person within the playbook's time
    over MQLs handed over. `upsell_rate`: won over proposed. `churn_rate`: of the customers won in the period, the
    share whose last contract has been cancelled by now; `retention_rate` is what is left of one.
    """

    calls: int
    connects: int
    connect_rate: float | None
    touches: int
    handed_over: int
    responded: int
    response_rate: float | None
    speed_to_lead_working_seconds: Speed
    speed_to_lead_elapsed_seconds: Speed
    sla: Sla
    sla_by_clock: dict[str, Sla]
    deals_won: int
    won_amount: dict[str, float]
    upsells_proposed: int
    upsells_won: int
    upsell_rate: float | None
    upsell_amount: dict[str, float]
    renewals: int
    churn_rate: float | None
    retention_rate: float | None
    refused_moves: int
    alerts_raised: int
    alerts_acknowledged: int
    cost: dict[str, float]
    cost_per_lead: dict[str, float]
    cost_per_mql: dict[str, float]
    cost_per_opportunity: dict[str, float]


def effort(amounts: Amounts) -> Effort:
    """The activity section of one slice of the counts; no rate, median or cost where there is nothing to divide by."""
    number = amounts.get
    churn = share(amounts, ("customers_churned",), ("won",))
    met, breached = (_sum_of(amounts, prefix) for prefix in BY_CLOCK)
    return {
        "calls": number("calls", 0),
        "connects": number("connects", 0),
        "connect_rate": share(amounts, ("connects",), ("calls",)),
        "touches": number("touches", 0),
        "handed_over": number("handed_over", 0),
        "responded": number("responded", 0),
        "response_rate": share(amounts, ("responded",), ("handed_over",)),
        "speed_to_lead_working_seconds": _speed(amounts, "speed_working:"),
        "speed_to_lead_elapsed_seconds": _speed(amounts, "speed_elapsed:"),
        "sla": _sla(met, breached),
        "sla_by_clock": _sla_by_clock(amounts),
        "deals_won": number("deals_won", 0),
        "won_amount": _money(amounts, "won_amount:"),
        "upsells_proposed": number("upsells_proposed", 0),
        "upsells_won": number("upsells_won", 0),
        "upsell_rate": share(amounts, ("upsells_won",), ("upsells_proposed",)),
        "upsell_amount": _money(amounts, "upsell_amount:"),
        "renewals": number("renewals", 0),
        "churn_rate": churn,
        "retention_rate": None if churn is None else round(1 - churn, 6),
        "refused_moves": number("refused_moves", 0),
        "alerts_raised": number("alerts_raised", 0),
        "alerts_acknowledged": number("alerts_acknowledged", 0),
        "cost": _money(amounts, "cost:"),
        "cost_per_lead": _cost_per(amounts, "leads"),
        "cost_per_mql": _cost_per(amounts, "mqls", "mqls_implied"),
        "cost_per_opportunity": _cost_per(amounts, "opportunities", "opportunities_implied"),
    }


def _under(amounts: Amounts, prefix: str) -> dict[str, int]:
    found = {metric.removeprefix(prefix): n for metric, n in amounts.items() if metric.startswith(prefix)}
    return {name: found[name] for name in sorted(found)}


def _sum_of(amounts: Amounts, prefix: str) -> int:
    return sum(_under(amounts, prefix).values())


def _sla(met: int, breached: int) -> Sla:
    return {"met": met, "breached": breached, "attainment": ratio(met, met + breached)}


def _sla_by_clock(amounts: Amounts) -> dict[str, Sla]:
    outcomes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, prefix in enumerate(BY_CLOCK):
        for clock, n in _under(amounts, prefix).items():
            outcomes[clock][place] += n
    return {clock: _sla(*outcomes[clock]) for clock in sorted(outcomes)}


def _speed(amounts: Amounts, prefix: str) -> Speed:
    by_seconds = sorted((int(seconds), n) for seconds, n in _under(amounts, prefix).items() if n > 0)
    up_to = list(accumulate(n for _, n in by_seconds))
    if not up_to:
        return {"leads": 0, "median": None, "p90": None}
    median, p90 = (by_seconds[bisect_left(up_to, quantile * up_to[-1])][0] for quantile in (0.5, 0.9))
    return {"leads": up_to[-1], "median": median, "p90": p90}


def _money(amounts: Amounts, prefix: str) -> dict[str, float]:
    return {currency: n / 100 for currency, n in _under(amounts, prefix).items() if n}


def _cost_per(amounts: Amounts, *metrics: str) -> dict[str, float]:
    entries = sum(amounts.get(metric, 0) for metric in metrics)
    return {currency: round(cost / entries, 2) for currency, cost in _money(amounts, "cost:").items() if entries}
