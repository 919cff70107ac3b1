"""`baton manual`: the playbook as the operating manual that the departments sign."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.commands.manual.document import CHAPTERS
from services.commands.manual.gathering import Agreement, gather
from services.scoring.written import SCANNERS
from shared.locales import LOCALES
from shared.playbook import PLAYBOOK_FILES

DEPLOYED = Path(__file__).parents[3] / "deploy" / "playbook"
AT = "2026-04-01T09:00:00+09:00"
JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龠々ー]+")
LATIN = re.compile(r"[A-Za-z]{2,}")
SAID_IN_BOTH = {"MQL", "SQL", "SLA", "Slack", "Baton", "CRM", "Web", "URL", "SMB", "SNS"}
OWN_TEXT = {"IT", "Asia", "Tokyo", "gmail", "yahoo", "com", "co", "jp"}


def manual(*options: str, playbook: Path = DEPLOYED) -> str:
    result = CliRunner().invoke(app, ["manual", "--playbook", str(playbook), "--at", AT, *options])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def agreed() -> Agreement:
    return gather(DEPLOYED, datetime.fromisoformat(AT))


@pytest.fixture(scope="module", params=LOCALES)
def printed(request) -> str:
    return manual("--locale", request.param)


def rows(text: str) -> list[list[str]]:
    """The cells of every table."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


def test_every_rep_stands_among_the_people_with_both_limits(agreed, printed):
    for rep in agreed.routing.reps:
        (row,) = [row for row in rows(printed) if row[0] == rep.name and len(row) == 7]
        assert [re.sub(r"\D", "", cell) for cell in row[3:6]] == [
            "" if number is None else f"{number:g}" for number in (rep.weight, rep.daily_cap, rep.open_cap)
        ]


def test_every_scoring_rule_stands_with_its_points(agreed, printed):
    groups = agreed.scoring.engagement.groups
    wanted = [rule.points for rules in (agreed.scoring.fit, *groups) for rule in rules.rules]
    points = [cell.replace("−", "-") for row in rows(printed) for cell in row if re.fullmatch(r"[+−][\d,.]+", cell)]
    assert [float(cell) for cell in points] == wanted
    for rule in (rule for rules in (agreed.scoring.fit, *groups) for rule in rules.rules):
        assert agreed.alerts.labels.get(rule.id, "") in printed


def test_every_routing_rule_stands_in_its_order_and_names_its_pool(agreed, printed):
    told = [(row[-1].strip("`"), row[2]) for row in rows(printed) if row[0].isdigit()]
    assert [rule for rule, _ in told] == [rule.id for rule in agreed.routing.rules]
    pools = {row[-1].strip("`"): row[0] for row in rows(printed) if row[-1].strip("`") in agreed.pools}
    assert set(pools) == set(agreed.pools)
    for rule, (_, whom) in zip(agreed.routing.rules, told, strict=True):
        assert pools[rule.pool] in whom


def test_every_pool_names_its_members(agreed, printed):
    for pool in agreed.routing.pools:
        (row,) = [row for row in rows(printed) if row[-1] == f"`{pool.id}`"]
        assert [name for name in (rep.name for rep in agreed.routing.reps) if name in row[1]] == [
            agreed.reps[member].name for member in pool.members
        ]


IN_WORDS = {"not_mine": ("Not mine", "自分の担当ではない")}


def test_every_handover_stands_with_its_definition_and_reasons(agreed, printed):
    for handover in agreed.routing.handovers:
        assert f"> {handover.definition}" in printed
        assert all(any(word in printed for word in IN_WORDS.get(one, (one,))) for one in handover.reject_reasons)


def test_every_clock_has_a_row_for_each_of_its_steps(agreed, printed):
    chapter = printed.split("\n## ")[CHAPTERS.index("deadlines") + 1]
    clocks = [rows(part)[2:] for part in chapter.split("\n#### ")[1:]]
    assert [len(steps) for steps in clocks] == [
        3 + len(clock.warn) + len(clock.on_breach) for clock in agreed.sla.clocks
    ]


def test_the_last_page_has_a_line_for_each_department_to_sign(printed):
    signed = rows(printed.split("\n## ")[-1])[2:]
    assert [len(row) for row in signed] == [4, 4, 4, 4]
    assert all(row[0] for row in signed)


def test_the_manual_says_which_edition_of_the_playbook_it_is(agreed, printed):
    assert [agreed.company.version, agreed.version] == rows(printed)[2][:2]


def test_every_chapter_of_the_contents_is_there(printed):
    listed = re.findall(r"^\d\. .*", printed, re.MULTILINE)
    assert len(listed) == len(CHAPTERS)
    assert re.findall(r"^## (.*)", printed, re.MULTILINE) == listed


def test_the_japanese_manual_has_no_english_words():
    text = re.sub(r"`[^`]*`|「[^」]*」|プレイブック[0-9a-f]+", "", manual("--locale", "ja"))
    text = text.replace(gather(DEPLOYED, datetime.fromisoformat(AT)).version, "")
    names = {part for agent in SCANNERS for part in LATIN.findall(agent)}
    assert set(LATIN.findall(text)) <= SAID_IN_BOTH | OWN_TEXT | names


def test_the_english_manual_has_no_japanese_but_the_playbooks_own(agreed):
    own = "".join(re.sub(r"(^|\s)#.*", "", (DEPLOYED / name).read_text()) for name in PLAYBOOK_FILES)
    days_off = {day for rules in agreed.calendars.values() for day in rules.holidays.resolve([2026, 2027]).values()}
    found = set(JAPANESE.findall(manual("--locale", "en")))
    assert "佐藤" in found
    assert [text for text in found - days_off if text not in own] == []


def test_the_manual_is_in_the_playbooks_language_unless_another_is_asked_for(tmp_path):
    assert manual() == manual("--locale", "ja") != manual("--locale", "en")


def test_the_manual_can_be_written_to_a_file(tmp_path):
    assert manual("--out", str(tmp_path / "manual.md")) == ""
    assert (tmp_path / "manual.md").read_text() == manual()


def test_tables_are_aligned_for_those_who_read_plain_text(printed):
    from services.commands.manual.markdown import width

    for block in printed.split("\n\n"):
        if block.startswith("|"):
            assert len({width(line) for line in block.splitlines()}) == 1


def test_days_off_are_told_for_a_year_without_those_that_nobody_works(printed):
    assert "年末年始" in printed
    assert "みどりの日" in printed
    assert "憲法記念日" not in printed


def test_a_playbook_with_mistakes_has_no_manual(tmp_path):
    for name in PLAYBOOK_FILES:
        (tmp_path / name).write_text((DEPLOYED / name).read_text())
    (tmp_path / "sla.yaml").write_text("clocks: [{id: a, team: is, within: 4x}]")
    result = CliRunner().invoke(app, ["manual", "--playbook", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{tmp_path}/sla.yaml:1:" in result.stderr


def test_a_playbook_whose_examples_come_out_otherwise_has_no_manual(tmp_path):
    for name in PLAYBOOK_FILES:
        (tmp_path / name).write_text((DEPLOYED / name).read_text())
    scoring = (DEPLOYED / "scoring.yaml").read_text()
    (tmp_path / "scoring.yaml").write_text(scoring.replace("threshold: 60", "threshold: 90"))
    result = CliRunner().invoke(app, ["manual", "--playbook", str(tmp_path)])
    assert result.exit_code == 2
    assert "scoring.yaml:" in result.stderr


def test_a_folder_that_is_not_there_is_named():
    result = CliRunner().invoke(app, ["manual", "--playbook", "no-such-folder"])
    assert result.exit_code == 2
    assert "no-such-folder" in result.stderr
