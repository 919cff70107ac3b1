"""Who gets which lead: the rules in order, the pools, and what holds for all."""

from collections.abc import Iterator

from services.commands.manual.conditions import clause
from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, heading, safe, table
from services.commands.manual.speech import Speech
from services.routing.written import AccountsSection, PoolEntry, RuleEntry

FREE_MAIL_SHOWN = ("gmail.com", "yahoo.co.jp")


def giving(agreed: Agreement, say: Speech) -> Iterator[str]:
    yield say("giving_note")
    for team in agreed.teams:
        yield heading(3, say.team(team.id))
        yield _rules([rule for rule in agreed.routing.rules if rule.team == team.id], say)
        if pools := [pool for pool in agreed.routing.pools if pool.team == team.id]:
            yield heading(4, say("pools"))
            yield _pools(pools, agreed, say)
    yield heading(3, say("both_terms"))
    waiting = "waiting_by_priority" if any(rule.priority for rule in agreed.routing.rules) else "waiting_order"
    terms = [say(one) for one in ("available", waiting, "coming_back", "by_person")]
    others = say(f"others_{agreed.routing.actions_by_others}")
    yield bullets([*terms, others, *_accounts(agreed.routing.accounts, say)])


def _rules(rules: list[RuleEntry], say: Speech) -> str:
    header = [say(column) for column in ("order", "which_lead", "to_whom", "code")]
    rows = [
        (str(number), _which(rule, number, say), _to_whom(rule, say), f"`{rule.id}`")
        for number, rule in enumerate(rules, start=1)
    ]
    return table(header, rows) if rows else say("no_routing")


def _which(rule: RuleEntry, number: int, say: Speech) -> str:
    owned = {"account": "if_account", "from_event": "if_event"}
    conditions = [clause(rule.when, say)] if rule.when else []
    conditions += [say(owned[rule.owner])] if rule.owner else []
    match conditions:
        case [first, last]:
            return say("all", first=first, last=last)
        case [one]:
            return one
    return say("every_other" if number > 1 else "every_lead")


def _to_whom(rule: RuleEntry, say: Speech) -> str:
    told = [say("to_holder" if rule.owner else "to_pool", pool=say.named(rule.pool))]
    if rule.needs:
        told.append(say("needs", skills=say.listed(map(safe, rule.needs))))
    if rule.priority:
        told.append(say("priority", priority=rule.priority))
    return say.listed(told)


def _pools(pools: list[PoolEntry], agreed: Agreement, say: Speech) -> str:
    columns = ("pool", "members", "pick", "outside_hours", "nobody_there", "code")
    return table([say(column) for column in columns], [_pool(pool, agreed, say) for pool in pools])


def _pool(pool: PoolEntry, agreed: Agreement, say: Speech) -> list[str]:
    members = say.listed(_member(rep, pool, agreed, say) for rep in pool.members)
    nobody = say("none") if pool.at_work == "next" else say(pool.when_all_away)
    return [
        say.named(pool.id),
        members or say("no_reps"),
        say(pool.pick),
        say(f"at_work_{pool.at_work}"),
        nobody,
        f"`{pool.id}`",
    ]


def _member(rep: str, pool: PoolEntry, agreed: Agreement, say: Speech) -> str:
    weight = say.bracketed(say.number(agreed.reps[rep].weight)) if pool.pick == "weighted_round_robin" else ""
    return say.person(rep) + weight


def _accounts(accounts: AccountsSection, say: Speech) -> Iterator[str]:
    shown = [safe(domain) for domain in FREE_MAIL_SHOWN if domain in accounts.free_mail]
    shown = shown or [safe(domain) for domain in accounts.free_mail[:2]]
    if accounts.email_domain:
        yield say("account_by_mail", free=say.listed(shown) or say("none"))
    else:
        yield say("account_by_id")
    yield say("account_note" if accounts.note else "account_no_note")
