"""Totals and rates from counts: the one definition of each.

A rate exists twice. `_period`: entries into the numerator's stage in the period, over entries into the denominator's
stage in it. `_cohort`: of the entries into the denominator's stage that fall into the period, the share whose same
(lead, cycle) has reached the numerator's stage by now. Implied entries are included in both; leads enter once, at
their first activity. `win` is won over won and lost: of what was decided in the period, and, as a cohort, of the
opportunities opened in the period that are decided by now. Over all time both are over everything.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypedDict

TOTALS: Final = (
    "leads",
    "mqls",
    "mqls_implied",
    "sqls",
    "sqls_implied",
    "opportunities",
    "opportunities_implied",
    "won",
    "lost",
    "recycled",
    "returned",
    "disqualified",
    "churned",
    "expansions",
)
OF_IS: Final = frozenset({"sqls", "sqls_implied", "mql_to_sql", "sql_to_opportunity"})
"""What a relay without Inside Sales does not have: null, neither zero nor implied."""

Amounts = Mapping[str, int]
"""Counts by metric."""


class Section(TypedDict):
    """The numbers of one slice: entries into stages, once per (lead, cycle, stage), and the rates between them."""

    totals: dict[str, int | None]
    rates: dict[str, float | None]


class Ratio(NamedTuple):
    """Metrics summed, over metrics summed."""

    of: tuple[str, ...]
    over: tuple[str, ...]


_MQLS: Final = ("mqls", "mqls_implied")
_SQLS: Final = ("sqls", "sqls_implied")
_OPPORTUNITIES: Final = ("opportunities", "opportunities_implied")
PERIOD: Final = {
    "lead_to_mql": Ratio(_MQLS, ("leads",)),
    "mql_to_sql": Ratio(_SQLS, _MQLS),
    "sql_to_opportunity": Ratio(_OPPORTUNITIES, _SQLS),
    "win": Ratio(("won",), ("won", "lost")),
}
COHORT: Final = {
    "lead_to_mql": Ratio(("leads_to_mql",), ("leads",)),
    "mql_to_sql": Ratio(("mqls_to_sql",), _MQLS),
    "sql_to_opportunity": Ratio(("sqls_to_opportunity",), _SQLS),
    "win": Ratio(("opportunities_won",), ("opportunities_won", "opportunities_lost")),
}


def section(amounts: Amounts, *, relay_has_is: bool = True) -> Section:
    """Totals and rates of one slice of the counts; a rate is null where its denominator is empty."""
    rates: dict[str, float | None] = {}
    for name in PERIOD:
        exists = relay_has_is or name not in OF_IS
        rates[f"{name}_period"] = share(amounts, *PERIOD[name]) if exists else None
        rates[f"{name}_cohort"] = share(amounts, *COHORT[name]) if exists else None
    totals = {name: amounts.get(name, 0) if relay_has_is or name not in OF_IS else None for name in TOTALS}
    return {"totals": totals, "rates": rates}


def total(amounts: Amounts, metrics: Iterable[str]) -> int:
    return sum(amounts.get(metric, 0) for metric in metrics)


def share(amounts: Amounts, of: Iterable[str], over: Iterable[str]) -> float | None:
    """A share to six decimals; None where the denominator is empty."""
    return ratio(total(amounts, of), total(amounts, over))


def ratio(of: float, over: float) -> float | None:
    return round(of / over, 6) if over else None
