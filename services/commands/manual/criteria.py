"""What makes an MQL: threshold, blockers, the rules of fit and engagement, machine activity."""

from collections.abc import Iterator

from services.commands.manual.conditions import alternatives, clause
from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, heading, safe, table
from services.commands.manual.speech import Speech
from services.scoring.written import (
    AtMostPerPeriod,
    Bounded,
    EngagementRuleEntry,
    EngagementSection,
    FitSection,
    GroupSection,
    MachinesSection,
    MqlSection,
    OncePerObject,
    types_of,
)


def criteria(agreed: Agreement, say: Speech) -> Iterator[str]:
    scoring = agreed.scoring
    yield _definition(scoring.mql, say)
    yield bullets(_terms(agreed, say))
    yield heading(3, say("fit_rules"))
    yield _fit(scoring.fit, say)
    yield heading(3, say("engagement_rules"))
    notes = [say("cap_note"), say("keep_note", count=say.number(scoring.engagement.keep))]
    yield bullets(notes) if scoring.engagement.groups else say("no_rules")
    for group in scoring.engagement.groups:
        yield heading(4, _name_of(group, say))
        yield _engagement(group, scoring.engagement, say)
    yield heading(3, say("machines"))
    yield say("machines_note")
    yield bullets(_machines(scoring.machines, say))


def _definition(mql: MqlSection | None, say: Speech) -> str:
    if mql is None:
        return say("no_mql")
    min_fit = "" if mql.min_fit is None else say("min_fit", points=say.number(mql.min_fit))
    return say("mql_is", threshold=say.number(mql.threshold), min_fit=min_fit)


def _terms(agreed: Agreement, say: Speech) -> Iterator[str]:
    scoring, mql = agreed.scoring, agreed.scoring.mql
    yield say("score_is", fit=_besides(scoring.fit, say), engagement=_besides(scoring.engagement, say))
    if mql is None:
        return
    if mql.instant:
        yield say("instant", activities=say.listed(map(say.activity, sorted(types_of(mql.instant)))))
    if mql.unless:
        yield "\n  - ".join([say("unless"), *alternatives(mql.unless, say)])
    yield say("once_per_cycle")
    yield say("cooled")
    if mql.rearm_below is not None:
        yield say("rearm", points=say.number(mql.rearm_below))


def _besides(section: Bounded, say: Speech) -> str:
    bounds = _bounds(section, say)
    return say.cards.comma + bounds if bounds else ""


def _bounds(section: Bounded, say: Speech) -> str:
    low, high = (None if one is None else say.number(one) for one in (section.floor, section.cap))
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return say("at_most_points", high=high) if low is None else say("at_least_points", low=low)
    return say("between", low=low.replace("-", "\N{MINUS SIGN}"), high=high)


def _name_of(group: GroupSection, say: Speech) -> str:
    bounds = _bounds(group, say)
    return say("group", group=say.rule(group.id), bounds=bounds) if bounds else say.rule(group.id)


def _fit(section: FitSection, say: Speech) -> str:
    rows = [
        (say.rule(rule.id), clause(rule.when, say) if rule.when else say("always"), say.signed(rule.points))
        for rule in section.rules
    ]
    return table([say("rule"), say("when"), say("points")], rows) if rows else say("no_rules")


def _engagement(group: GroupSection, section: EngagementSection, say: Speech) -> str:
    header = [say(column) for column in ("rule", "when", "points", "counted", "decay")]
    rows = [
        (say.rule(rule.id), _what(rule, say), say.signed(rule.points), _repeat(rule, say), _decay(rule, section, say))
        for rule in group.rules
    ]
    return table(header, rows) if rows else say("no_rules")


def _what(rule: EngagementRuleEntry, say: Speech) -> str:
    activities = say.either(map(say.activity, sorted(types_of(rule.on))))
    return activities + (say.bracketed(clause(rule.when, say)) if rule.when else "")


def _repeat(rule: EngagementRuleEntry, say: Speech) -> str:
    match rule.repeat:
        case OncePerObject(once_per=field):
            return say("repeat_once_per", object=say.field(field))
        case AtMostPerPeriod(at_most=1, per=per):
            return say("repeat_at_most_one", period=say.length(per))
        case AtMostPerPeriod(at_most=times, per=per):
            return say("repeat_at_most", count=times, period=say.length(per))
        case "once":
            return say("repeat_once")
    return say("repeat_always")


def _decay(rule: EngagementRuleEntry, section: EngagementSection, say: Speech) -> str:
    if rule.window:
        return say("window", period=say.length(rule.window))
    half_life = rule.half_life if "half_life" in rule.model_fields_set else section.half_life
    return say("half_life", period=say.length(half_life)) if half_life else say("stays")


def _machines(section: MachinesSection, say: Speech) -> Iterator[str]:
    yield say("machine_said")
    if section.agents:
        yield say("machine_agents", agents=say.listed(map(safe, section.agents)))
    if section.networks:
        yield say("machine_networks", networks=say.listed(map(safe, section.networks)))
    lengths = {
        "machine_delivery": section.after_delivery,
        "machine_links": section.links_within,
        "machine_unopened": section.open_within,
    }
    for phrase, length in lengths.items():
        if length:
            yield say(phrase, length=say.length(length))
