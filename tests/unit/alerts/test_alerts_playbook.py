from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.playbook import StaleRule, load
from services.alerts.recipients import find
from shared.durations import WorkDuration
from shared.playbook import PlaybookError, PlaybookFolder
from shared.worktime import ALWAYS_OPEN
from tests.unit.alerts.alert_stories import TOKYO, playbook

EXAMPLE = Path(__file__).parents[3] / "deploy" / "playbook"


def test_example_company_has_valid_alerts() -> None:
    rules = load(PlaybookFolder.read(EXAMPLE)).rules
    assert [(rule.stage, str(rule.after), rule.tell) for rule in rules.stale[:2]] == [
        ("mql", "2bd", "owner"),
        ("mql", "4bd", "manager"),
    ]


def test_example_writes_the_defaults_out_as_they_are() -> None:
    rules = load(PlaybookFolder.read(EXAMPLE)).rules
    defaults = playbook("{}").rules
    for name in ("suppress_older_than", "quiet_hours", "severity", "waiting", "digest_over"):
        assert getattr(rules, name) == getattr(defaults, name), name


def test_every_key_is_optional() -> None:
    rules = playbook("{}").rules
    assert (rules.suppress_older_than, rules.stale) == (timedelta(days=1), ())
    assert rules.waiting is not None
    assert str(rules.waiting.after) == "30m"


def test_link_to_the_crm_is_kept_as_it_is_written() -> None:
    link = "https://crm.example.com/leads/{lead_id}"
    assert playbook(f"lead_link: '{link}'").rules.lead_link == link


def test_waiting_may_be_told_to_nobody() -> None:
    assert playbook("waiting: null").rules.waiting is None


def test_stale_rule_counts_working_time_or_business_days() -> None:
    assert playbook("stale: [{stage: sql, after: 8h, tell: channel, severity: urgent}]").rules.stale == (
        StaleRule(stage="sql", after=WorkDuration(timedelta(hours=8)), tell="channel", severity="urgent"),
    )


@pytest.mark.parametrize(
    ("alerts", "place", "expected"),
    [
        ("stales: []", "alerts.yaml:1:1", "stale"),
        ("stale: [{stage: mql, after: 2d}]", "alerts.yaml:1:", "2bd"),
        ("stale: [{stage: lead, after: 2bd}]", "alerts.yaml:1:", "mql"),
        ("stale: [{stage: mql, after: 2bd, tell: everybody}]", "alerts.yaml:1:", "owner"),
        ("severity: {breach: red}", "alerts.yaml:1:", "urgent"),
        ("digest_over: 0", "alerts.yaml:1:", "1"),
        ("stale:\n  - {stage: mql, after: 2bd}\n  - {stage: mql, after: 2bd}", "alerts.yaml:3:", "told twice"),
        (
            "stale:\n  - {stage: mql, after: 2bd}\n  - {stage: mql, after: 2bd, severity: info}",
            "alerts.yaml:3:",
            "`after` or `tell`",
        ),
        ("suppress_older_than: 3", "alerts.yaml:1:", "15m"),
        ("lead_link: https://crm.example.com/leads", "alerts.yaml:1:", "it has no {lead_id}"),
        ("lead_link: 'javascript:alert({lead_id})'", "alerts.yaml:1:", "neither https:// nor http://"),
        ("lead_link: 'crm.example.com/{lead_id}'", "alerts.yaml:1:", "such as https://crm.example.com/leads/{lead_id}"),
        ("lead_link: 'https://{lead_id}.example.com/{lead_id}'", "alerts.yaml:1:", "its host holds the lead's id"),
        ("lead_link: 'https://me.example.com:secret@crm.example.com/{lead_id}'", "alerts.yaml:1:", "or a login"),
        ("lead_link: 'https://crm.example.com/{lead_id}|x'", "alerts.yaml:1:", "a character that no address has"),
        ("lead_link: 'https://crm.example.com/{lead_id}/{name}'", "alerts.yaml:1:", "other braces"),
        ("lead_link: 'https://[crm/{lead_id}'", "alerts.yaml:1:", "cannot be read as an address"),
    ],
)
def test_mistake_is_named_with_its_place_and_what_was_expected(alerts: str, place: str, expected: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        playbook(alerts)
    assert str(refused.value).startswith(place)
    assert expected in str(refused.value)


def test_stale_rules_that_differ_in_stage_length_or_audience_stand_beside_each_other() -> None:
    rules = playbook(
        "stale:\n  - {stage: mql, after: 2bd}\n  - {stage: sql, after: 2bd}\n"
        "  - {stage: mql, after: 3bd}\n  - {stage: mql, after: 2bd, tell: manager}"
    ).rules
    assert len(rules.stale) == 4


def test_without_an_alerts_file_alerts_are_not_active() -> None:
    assert not load(PlaybookFolder.of({})).active
    assert load(PlaybookFolder.of({"alerts.yaml": "{}"})).active


def test_rep_without_a_name_or_calendar_goes_by_the_id_and_is_always_at_work() -> None:
    rep = playbook(routing="reps: [{id: rep-1, team: is}]").reps["rep-1"]
    assert (rep.name, rep.slack, rep.calendar, rep.zone) == ("rep-1", None, ALWAYS_OPEN, "Asia/Tokyo")


def test_rep_with_a_calendar_reads_times_in_its_zone() -> None:
    assert playbook().reps["rep-1"].zone == str(TOKYO)


def test_teams_are_the_whole_relay_where_routing_names_none() -> None:
    assert list(load(PlaybookFolder.of({"alerts.yaml": "{}"})).teams) == ["is", "fs", "cs"]


@pytest.mark.parametrize(("written", "locale"), [("ja", "ja"), ("ja-JP", "ja"), ("en_GB", "en"), ("fr", "en")])
def test_cards_speak_the_language_of_the_company_where_there_is_one(written: str, locale: str) -> None:
    assert playbook("{}", company=f"locale: {written}").locale == locale


def test_alerts_may_speak_another_language_than_the_company() -> None:
    assert playbook("locale: ja").locale == "ja"


@pytest.mark.parametrize(
    ("role", "target", "addresses"),
    [
        ("owner", "owner:rep-1", ("U1", "C-IS", "C0", "U9")),
        ("manager", "manager:boss", ("U9", "C-IS", "C0")),
        ("fallback", "fallback:rep-9", ("C-IS", "C0", "U9")),
        ("channel", "channel:is", ("C-IS", "C0", "U9")),
        ("rep-2", "rep:rep-2", ("U2", "C-IS", "C0", "U9")),
        ("#sales", "channel:is", ("C-IS", "C0", "U9")),
    ],
)
def test_each_role_has_an_address_and_others_where_that_one_is_refused(
    role: str, target: str, addresses: tuple[str, ...]
) -> None:
    found = find(playbook("channel: C0"), role, "is", "rep-1")
    assert (found.target, found.addresses) == (target, addresses)


def test_reasons_agreed_with_each_team_that_hands_on_are_offered_once() -> None:
    handovers = """
teams: [is, fs]
handovers:
  - {from: marketing, to: fs, reject_reasons: [student, budget]}
  - {from: is, to: fs, reject_reasons: [budget, timing]}
  - {from: cs, to: fs}
"""
    assert playbook(routing=handovers).agreed_reasons == {"fs": ("student", "budget", "timing")}


def test_a_rep_without_hours_of_their_own_keeps_those_of_their_team() -> None:
    routing = "{teams: [{id: is, calendar: tokyo}, fs], reps: [{id: a, team: is}, {id: b, team: [fs, is]}]}"
    rules = playbook(routing=routing)
    assert (rules.reps["a"].calendar, rules.reps["a"].zone) == (rules.teams["is"].calendar, "Asia/Tokyo")
    assert rules.reps["b"].calendar == ALWAYS_OPEN
