"""The sentences of the manual: conditions, lengths, and agreements that the example playbook does not make."""

import re
from datetime import datetime, timedelta

import pytest

from services.commands.manual.conditions import clause
from services.commands.manual.document import document
from services.commands.manual.gathering import gather
from services.commands.manual.markdown import safe
from services.commands.manual.speech import Speech
from services.commands.manual.words import PHRASES, VOCABULARY
from shared.conditions import parse_condition
from shared.durations import WorkDuration

JA, EN = (Speech(locale, {}, locale, {}) for locale in ("ja", "en"))
AT = datetime.fromisoformat("2026-04-01T09:00:00+09:00")
ROUTING = """
teams: [fs]
reps: [{id: r1, team: fs, skills: [german], active: false}]
pools: [{id: all, team: fs, members: [r1], when_all_away: assign}]
rules: [{id: fs-de, team: fs, when: {field: country, op: eq, value: DE}, pool: all, needs: [german], priority: 5},
        {id: fs-rest, team: fs, pool: all}]
accounts: {email_domain: false, note: false}
handovers: [{from: marketing, to: fs, definition: "a | b", fields: [budget], when_missing: refuse}]
"""
SLA = """
clocks: [{id: next_touch, team: fs, starts: [meeting.held], stops: [call.connected], pauses: [email.sent],
          resumes: [form.submitted], acknowledged_for: 2h, within: 0bd, calendar: berlin}]
"""
CALENDARS = "calendars: {berlin: {timezone: Europe/Berlin, hours: {mon-fri: ['09:00-17:00']}}}"


def field(name, op, value):
    return {"field": name, "op": op, "value": value}


@pytest.mark.parametrize(
    ("condition", "japanese", "english"),
    [
        (field("employees", "ge", 1000), "従業員数が1,000以上", "number of employees at least 1,000"),
        (
            {"all": [field("employees", "ge", 100), field("employees", "lt", 1000)]},
            "従業員数が100以上、1,000未満",
            "number of employees at least 100 and less than 1,000",
        ),
        (
            field("title_level", "in", ["executive", "director"]),
            "役職が役員または部長クラス",
            "seniority is executive or director",
        ),
        (
            {"any": [field("department", "contains", "DX"), field("department", "contains", "IT")]},
            "部署に「DX」または「IT」を含む",
            "department contains “DX” or “IT”",
        ),
        (field("email", "matches", r"@(gmail|yahoo)\."), "メールアドレスに「@gmail.」または「@yahoo.」を含む", None),
        (
            field("title", "matches", "^CxO$"),
            "肩書きが「^CxO$」のパターンに合う",
            "job title matches the pattern “^CxO$”",
        ),
        (field("competitor", "ne", True), "競合他社でない", "the lead is no competitor"),
        (field("vip", "eq", True), "vipがはい", "vip is yes"),
        ({"not": field("phone", "exists", True)}, "「電話番号がわかっている」ではない", "not: telephone is known"),
        (field("phone", "exists", False), "電話番号がわかっていない", "telephone is not known"),
        (field("heat", "not_in", ["A", "hot"]), "関心度がA、ホット以外", "interest is not A or hot"),
        (field("lead_source", "eq", "referral"), "流入元が紹介", "source of the lead is referral"),
        (
            {"all": [field("score", "gt", 80), {"any": [field("country", "eq", "JP"), field("cycle", "le", 2)]}]},
            "スコアが80を超える、かつ（国がJP、または周回が2以下）",
            "score more than 80, and (country is JP, or cycle at most 2)",
        ),
        ({"any": []}, "該当なし", "never"),
        ({"all": []}, "常に", "always"),
    ],
)
def test_a_condition_reads_as_people_say_it(condition, japanese, english):
    parsed = parse_condition(condition)
    assert clause(parsed, JA) == japanese
    assert english in (None, clause(parsed, EN))


@pytest.mark.parametrize(
    ("within", "japanese", "english"),
    [
        ("15m", "15分以内", "within 15 minutes"),
        ("1h", "1時間以内", "within 1 hour"),
        ("0bd", "当日の終業まで", "by closing of the same day"),
        ("1bd", "翌営業日の終業まで", "by closing of the next business day"),
        ("3bd", "3営業日後の終業まで", "by closing, 3 business days later"),
    ],
)
def test_a_deadline_says_which_closing_is_meant(within, japanese, english):
    length = WorkDuration.parse(within)
    assert (JA.deadline(length), EN.deadline(length)) == (japanese, english)


def test_one_day_is_no_days():
    assert [EN.length(timedelta(days=days)) for days in (1, 30)] == ["1 day", "30 days"]


def test_the_playbooks_own_label_goes_before_our_word_and_beside_it_in_the_other_language():
    labels = {"accept": "引き受け"}
    assert Speech("ja", labels, "ja", {}).clock("accept") == "引き受け"
    assert Speech("en", labels, "ja", {}).clock("accept") == "Accept (引き受け)"


def test_text_of_the_playbook_is_no_markup():
    assert safe("a | *b*\n<c> snake_case") == r"a \| \*b\* \<c\> snake_case"


def test_no_phrase_of_ours_is_in_the_wrong_language():
    pairs = [*PHRASES.values(), *(pair for words in VOCABULARY.values() for pair in words.values())]
    assert [english for english, _ in pairs if re.search("[ぁ-んァ-ヴ一-龠]", english)] == []
    ours = (re.sub(r"\{\w+\}|MQL|SQL|SLA|Slack|Baton|CRM|Web|URL|SMB", "", japanese) for _, japanese in pairs)
    assert [japanese for japanese in ours if re.search("[A-Za-z]", japanese)] == []


def test_both_languages_of_a_phrase_tell_the_same_values():
    for english, japanese in PHRASES.values():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", japanese)), english


@pytest.fixture(scope="module", params=["ja", "en"])
def small(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("playbook")
    files = {"routing": ROUTING, "sla": SLA, "calendars": CALENDARS, "scoring": "fit: {}"}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return document(gather(folder, AT), request.param), Speech(request.param, {}, "en", {})


@pytest.mark.parametrize(
    "phrase",
    [
        "no_mql",
        "no_rules",
        "nobody_told",
        "no_targets",
        "no_days_off",
        "refuse",
        "assign",
        "account_by_id",
        "waiting_by_priority",
        "account_no_note",
        "recorded",
        "same_closing",
        "inactive",
        "fs_takes_mql",
    ],
)
def test_what_a_small_playbook_leaves_out_or_wants_otherwise_is_said(small, phrase):
    text, say = small
    assert say(phrase).lower() in text.lower()


def test_a_clock_that_rests_says_from_when_until_when(small):
    text, say = small
    told = say("pauses_on", pauses=say.activity("email.sent"), resumes=say.activity("form.submitted"))
    assert told.lower() in text.lower()
    assert say("acknowledged_for", length=say.length(WorkDuration.parse("2h"))).lower() in text.lower()
    assert say("calendars_time", calendar="Berlin").lower() in text.lower()


def test_a_rule_says_which_skills_it_needs_and_who_goes_first(small):
    text, say = small
    assert say("needs", skills="german") in text
    assert say("priority", priority=5) in text


def test_a_definition_with_a_bar_breaks_no_table(small):
    assert r"> a \| b" in small[0]
