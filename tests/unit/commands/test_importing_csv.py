"""`baton import`: rows of CSV exports become events by a mapping."""

import json

import pytest
from typer.testing import CliRunner

from services.cli import app

LEADS = """\
timezone: Asia/Tokyo
source: urn:crm
files:
  - path: leads.csv
    events:
      - type: form.submitted
        subject: "lead-{id}"
        id: "form-{id}"
        time: {column: created}
        data: {lead_source: {column: source, map: {"": unknown}}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mapping.yaml").write_text(LEADS)
    return tmp_path


@pytest.fixture
def run(folder):
    def run(content, *options, mapping=LEADS, **others):
        (folder / "mapping.yaml").write_text(mapping)
        for name, text in {"leads": content, **others}.items():
            (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        wanted = ["import", str(folder / "mapping.yaml"), "--out", str(folder / "events.jsonl"), *options]
        return CliRunner().invoke(app, wanted)

    return run


@pytest.fixture
def events(folder):
    return lambda: [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def with_data(fields, header="timezone: Asia/Tokyo"):
    return LEADS.replace('data: {lead_source: {column: source, map: {"": unknown}}}', f"data: {fields}").replace(
        "timezone: Asia/Tokyo", header
    )


def with_event(keys):
    return LEADS.replace("        data:", f"        {keys}\n        data:")


def test_a_row_becomes_an_event_with_an_id_made_of_its_columns(run, events):
    assert run("id,created,source\n7,2026-04-01T09:12:33+09:00,web\n").exit_code == 0
    assert events() == [
        {
            "specversion": "1.0",
            "id": "form-7",
            "source": "urn:crm",
            "type": "form.submitted",
            "subject": "lead-7",
            "time": "2026-04-01T00:12:33Z",
            "data": {"lead_source": "web"},
        }
    ]


def test_importing_a_file_again_makes_the_same_events(run, folder):
    content = "id,created,source\n7,2026-04-01,web\n8,2026-04-02,\n"
    run(content)
    first = (folder / "events.jsonl").read_bytes()
    run(content)
    assert (folder / "events.jsonl").read_bytes() == first


def test_an_empty_source_is_unknown_where_the_mapping_says_so(run, events):
    run("id,created,source\n7,2026-04-01,\n")
    assert events()[0]["data"] == {"lead_source": "unknown"}


@pytest.mark.parametrize(
    ("zone", "written", "instant"),
    [
        ("Asia/Tokyo", "2026-04-01", "2026-03-31T15:00:00Z"),
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30+01:00", "2026-10-25T01:30:00Z"),
    ],
)
def test_a_wall_time_is_its_first_occurrence_and_one_in_a_gap_the_change(run, events, zone, written, instant):
    run(f"id,created,source\n7,{written},web\n", mapping=LEADS.replace("Asia/Tokyo", zone))
    assert events()[0]["time"] == instant


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ('"%Y/%m/%d %H:%M"', "2026/04/01 09:00"),
        ('["%Y-%m-%d", "%d.%m.%Y %H:%M"]', "01.04.2026 09:00"),
        ("unix", "1775001600"),
        ("unix_ms", "1775001600000"),
        ('"%Y年%m月%d日 %H時"', "2026年04月01日 09時"),
        ('"%Y-%m-%dT%H:%M%z"', "2026-04-01T00:00+0000"),
    ],
)
def test_times_are_read_by_the_formats_of_the_mapping(run, events, form, written):
    mapping = LEADS.replace("{column: created}", f"{{column: created, format: {form}}}")
    assert run(f"id,created,source\n7,{written},web\n", mapping=mapping).exit_code == 0
    assert events()[0]["time"] == "2026-04-01T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "cell", "value"),
    [
        ("{x: {column: source}}", " a b ", "a b"),
        ('{x: "{id}/{source}"}', "a", "7/a"),
        ("{x: {text: 'from {{{source}}}'}}", "a", "from {a}"),
        ("{x: fixed}", "a", "fixed"),
        ("{x: 3}", "a", 3),
        ("{x: true}", "a", True),
        ("{x: {column: source, type: number}}", "1.50", 1.5),
        ("{x: {column: source, type: number}}", '"1,234,567"', 1234567),
        ("{x: {column: source, type: number, decimal: ','}}", '"1.234,5"', 1234.5),
        ("{x: {column: source, type: integer}}", "１００.0", 100),
        ("{x: {column: source, type: flag}}", "Yes", True),
        ("{x: {column: source, type: flag}}", "0", False),
        ("{x: {column: source, type: date, format: '%d/%m/%Y'}}", "01/04/2026", "2026-04-01"),
        ("{x: {column: source, type: time}}", "2026-04-01 09:00", "2026-04-01T00:00:00Z"),
        ("{x: {column: source, type: money, currency: JPY}}", "5000", {"amount": 5000, "currency": "JPY"}),
        ("{x: {column: source, map: {a: 1, b: 2}}}", "b", 2),
        ("{x: {column: source, map: {a: A}}}", "c", "c"),
    ],
)
def test_a_field_has_the_type_that_the_mapping_gives_it(run, events, fields, cell, value):
    assert run(f"id,created,source\n7,2026-04-01,{cell}\n", mapping=with_data(fields)).exit_code == 0
    assert events()[0]["data"] == {"x": value}


@pytest.mark.parametrize(
    "fields",
    [
        "{x: {column: source}}",
        "{x: {column: source, type: number}}",
        '{x: "{source}"}',
        "{x: {column: source, map: {a: A}, otherwise: omit}}",
        '{x: {column: source, map: {"": null}}}',
    ],
)
def test_an_empty_cell_leaves_its_field_out(run, events, fields):
    assert run("id,created,source\n7,2026-04-01,\n", mapping=with_data(fields)).exit_code == 0
    assert events()[0]["data"] == {}


@pytest.mark.parametrize(
    ("when", "ids"),
    [
        ("{column: source}", ["form-1", "form-2"]),
        ("{column: source, equals: web}", ["form-1"]),
        ("{column: source, equals: [web, fair]}", ["form-1", "form-2"]),
        ("{column: source, empty: true}", ["form-3"]),
        ("[{column: source}, {column: id, equals: '2'}]", ["form-2"]),
    ],
)
def test_an_event_is_made_only_of_rows_that_meet_its_conditions(run, events, when, ids):
    content = "id,created,source\n1,2026-04-01,web\n2,2026-04-01,fair\n3,2026-04-01,\n"
    run(content, mapping=with_event(f"when: {when}"))
    assert [event["id"] for event in events()] == ids


def test_a_condition_spares_the_row_what_it_has_not(run, events):
    result = run("id,created,source\n1,,\n2,2026-04-01,web\n", mapping=with_event("when: {column: created}"))
    assert result.exit_code == 0
    assert len(events()) == 1


def test_imported_history_is_marked_as_backfill(run, events):
    run("id,created,source\n7,2026-04-01,web\n", mapping="backfill: true\n" + LEADS)
    assert events()[0]["data"] == {"lead_source": "web", "backfill": True}


JOINED = """\
timezone: Asia/Tokyo
files:
  - path: leads.csv
    joins: [{path: companies.csv, key: company, their_key: id, columns: {company_name: name}, missing: MISSING}]
    events:
      - type: profile.updated
        subject: "{id}"
        id: "p-{id}"
        time: {column: created}
        data: {company: "{company_name}"}
"""


def test_a_join_brings_in_the_columns_of_the_other_file(run, events):
    result = run("id,created,company\n1,2026-04-01,c1\n", companies="id,name\nc1,Acme\n", mapping=joined("refuse"))
    assert result.exit_code == 0
    assert events()[0]["data"] == {"company": "Acme"}


def joined(missing):
    return JOINED.replace("MISSING", missing)


def test_a_row_without_its_partner_is_listed_or_tolerated_as_the_mapping_says(run, events):
    content, companies = "id,created,company\n1,2026-04-01,c9\n2,2026-04-01,\n3,2026-04-01,c1\n", "id,name\nc1,Acme\n"
    listed = run(content, companies=companies, mapping=joined("refuse"))
    assert listed.exit_code == 1
    assert "leads.csv:2: column company: no row of companies.csv has this key" in listed.stderr
    assert "leads.csv:3: column company: found nothing" in listed.stderr
    assert [event["id"] for event in events()] == ["p-3"]
    assert run(content, companies=companies, mapping=joined("empty")).exit_code == 0
    assert [event["data"] for event in events()] == [{}, {}, {"company": "Acme"}]


def test_of_two_partners_with_one_key_the_first_counts_and_the_other_is_listed(run, events):
    companies = "id,name\nc1,Acme\nc1,Other\n"
    result = run("id,created,company\n1,2026-04-01,c1\n", companies=companies, mapping=joined("refuse"))
    assert result.exit_code == 1
    assert "companies.csv:3: column id: line 2 has the same key" in result.stderr
    assert events()[0]["data"] == {"company": "Acme"}


def test_an_export_from_japanese_excel_is_read(run, events):
    mapping = LEADS.replace("path: leads.csv", "path: leads.csv\n    encoding: shift_jis").replace("source,", "流入元,")
    assert run("id,created,流入元\n7,2026-04-01,㈱展示会①\n".encode("cp932"), mapping=mapping).exit_code == 0
    assert events()[0]["data"]["lead_source"] == "㈱展示会①"


@pytest.mark.parametrize(
    "content", ["﻿id,created,source\n7,2026-04-01,web\n", "id,created,source\r\n7,2026-04-01,web\r\n\r\n"]
)
def test_byte_order_marks_and_windows_line_ends_do_no_harm(run, events, content):
    assert run(content).exit_code == 0
    assert events()[0]["subject"] == "lead-7"


def test_a_tab_separated_export_is_read(run, events):
    mapping = LEADS.replace("path: leads.csv", 'path: leads.csv\n    delimiter: "\\t"')
    assert run("id\tcreated\tsource\n7\t2026-04-01\tweb, mail\n", mapping=mapping).exit_code == 0
    assert events()[0]["data"]["lead_source"] == "web, mail"


def test_a_line_break_in_quotes_belongs_to_its_cell_and_lines_are_counted_on(run, events):
    result = run('id,created,source\n7,2026-04-01,"web\nand mail"\n8,soon,x\n')
    assert events()[0]["data"]["lead_source"] == "web\nand mail"
    assert "leads.csv:4: column created: found 'aaaa'" in result.stderr


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "8,2026-02-30,x",
            "column created: found '9999-99-99' (letters as a, digits as 9); a time or date by ISO 8601",
        ),
        ("8,,x", "column created: found nothing; a time or date by ISO 8601 is expected"),
        (",2026-04-01,x", "column id: found nothing; text is expected"),
        ("8,2026-04-01", "found 2 cells; 3 are expected as in the header"),
        ("8,2026-04-01,x,y", "found 4 cells; 3 are expected"),
        ("8;2026-04-01;x", "found 1 cells; 3 are expected as in the header; is it another delimiter?"),
        ("8,2026-04-01,x\0y", "column source: found a NUL character; text is expected"),
        (b"8,2026-04-01,\x83\x65", "column source: found bytes that are not text in the file's encoding"),
        ('8,2026-04-01,"x"y', "found text after a closing quote"),
        ("8,1800-01-01,x", "form.submitted: time: a time lies between the years 1900 and 2200"),
        (f"8,2026-04-01,{'x' * 4001}", "form.submitted: data.lead_source: text of at most 4000 characters is expected"),
    ],
)
def test_a_bad_row_is_listed_by_line_and_the_rest_goes_on(run, events, row, problem):
    row = row if isinstance(row, bytes) else row.encode()
    result = run(b"id,created,source\n7,2026-04-01,web\n" + row + b"\n9,2026-04-01,web\n")
    assert result.exit_code == 1
    assert f"leads.csv:3: {problem}" in result.stderr
    assert [event["id"] for event in events()] == ["form-7", "form-9"]
    assert "3 rows read, 2 events made, 1 row refused" in result.stderr


def test_what_the_mapping_does_not_read_does_no_harm(run, events):
    assert run(b"id,created,source,memo,memo\n7,2026-04-01,web,\x83\x65,\0\n").exit_code == 0
    assert len(events()) == 1


def test_a_quote_without_its_end_costs_the_lines_that_it_swallows_and_says_which(run, events):
    result = run('id,created,source\n7,2026-04-01,web\n8,2026-04-01,"x\n9,2026-04-01,web\n')
    assert "leads.csv:3: found a quoted cell without its end; lines 3 to 4 are left out" in result.stderr
    assert [event["id"] for event in events()] == ["form-7"]


def test_what_is_wrong_is_told_without_the_persons_details(run):
    fields = "{phone: {column: source, type: integer}}"
    result = run("id,created,source\n7,2026-04-01,hanako@example.com\n", mapping=with_data(fields))
    assert "found 'aaaaaa@aaaaaaa.aaa' (letters as a, digits as 9); a whole number is expected" in result.stderr
    assert "hanako" not in result.stderr


def test_a_value_outside_the_map_is_refused_where_the_mapping_says_so(run):
    mapping = with_data("{x: {column: source, map: {a: A, b: B}, otherwise: refuse}}")
    result = run("id,created,source\n7,2026-04-01,c\n", mapping=mapping)
    assert "column source: found 'a' (letters as a, digits as 9); one of 2 mapped values is expected" in result.stderr


def test_two_different_rows_with_one_id_are_told_and_the_first_counts(run, events):
    result = run("id,created,source\n7,2026-04-01,web\n7,2026-04-01,fair\n7,2026-04-01,web\n")
    assert result.exit_code == 1
    assert "leads.csv:3: form.submitted: an earlier row made another event with this id" in result.stderr
    assert [event["data"]["lead_source"] for event in events()] == ["web"]
    assert "(1 repeat besides)" in result.stderr


def test_a_bad_event_of_a_row_does_not_keep_back_the_other(run, events):
    second = '      - {type: call.attempted, subject: "{id}", id: "c-{id}", time: {column: source}}\n'
    result = run("id,created,source\n7,2026-04-01,never\n", mapping=LEADS + second)
    assert result.exit_code == 1
    assert [event["type"] for event in events()] == ["form.submitted"]


def test_the_summary_counts_refused_rows_by_reason(run):
    result = run("id,created,source\n7,soon,web\n8,2026-04-01\n9,2026-04-01,web\n", "--json")
    report = json.loads(result.stdout)
    assert (report["rows"], report["events"], report["refused_rows"]) == (3, 1, 2)
    assert report["reasons"] == {"time": 1, "columns": 1}
    assert report["refused"][1]["place"].endswith("leads.csv:3")


def test_events_go_to_standard_output_where_asked(run):
    result = run("id,created,source\n7,2026-04-01,web\n", "--out", "-")
    assert json.loads(result.stdout)["id"] == "form-7"


def test_the_exports_may_lie_in_another_folder(run, folder, tmp_path_factory, events):
    other = tmp_path_factory.mktemp("exports")
    (other / "leads.csv").write_text("id,created,source\n99,2026-04-01,web\n")
    run("id,created,source\n7,2026-04-01,web\n", "--data", str(other))
    assert events()[0]["id"] == "form-99"


def refusals(result):
    assert result.exit_code == 2
    return [line.partition("mapping.yaml:")[2] for line in result.stderr.splitlines()]


def test_a_column_that_the_file_has_not_is_told_at_its_place_in_the_mapping(run):
    problems = refusals(run("ID,created,sauce\n7,2026-04-01,web\n"))
    assert problems == [
        "7:18: leads.csv has no column 'id'; did you mean 'ID'?",
        "8:13: leads.csv has no column 'id'; did you mean 'ID'?",
        "10:38: leads.csv has no column 'source'; did you mean 'sauce'?",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "4:11: leads.csv is empty; a first row with the names of the columns is expected"),
        ("id,created,source,id\n", "the column id is there 2 times (columns 1, 4); rename all but one"),
        ("id,created,流入元\n".encode("cp932"), "the header of leads.csv is not utf-8 text; try encoding: cp932"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_made(run, folder, content, problem):
    assert problem in "\n".join(refusals(run(content)))
    assert not (folder / "events.jsonl").exists()


def test_a_file_with_a_header_alone_makes_no_events(run, events):
    assert run("id,created,source\n").exit_code == 0
    assert events() == []


def test_a_missing_export_is_told_at_its_path(folder):
    result = CliRunner().invoke(app, ["import", str(folder / "mapping.yaml"), "--out", "-"])
    assert refusals(result)[0].startswith("4:11:")
    assert "cannot be read: No such file or directory" in refusals(result)[0]


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        ('subject: "lead-{id}"', "subject: {id}", 'put it in quotes, "{id}"'),
        ('subject: "lead-{id}"', "subject: id", 'did you mean "{id}"?'),
        ('id: "form-{id}"', 'id: "form-{id"', "a brace has no partner"),
        ("form.submitted", "lead.scored", "lead.scored is derived by Baton itself"),
        ("Asia/Tokyo", "Asia/Tokio", 'did you mean "Asia/Tokyo"?'),
        ("{column: created}", "{column: created, format: YYYY}", '"YYYY" is no format'),
        ("{column: created}", '{column: created, format: "%Q"}', "is no format that can be read"),
        ("{column: created}", "{colum: created}", "did you mean 'column'?"),
        ("{column: created}", "{}", "one of column: NAME or text:"),
        ("path: leads.csv", "path: leads.csv\n    encoding: utf-88", 'unknown encoding "utf-88"'),
        ("path: leads.csv", "path: leads.csv\n    delimiter: ';;'", "one character is expected"),
        ('map: {"": unknown}', "type: money", "type: money and currency"),
        ('map: {"": unknown}', "format: iso", "format and timezone are for type: date and type: time"),
    ],
)
def test_a_mistake_in_the_mapping_is_told_with_its_place(run, written, instead, problem):
    result = run("id,created,source\n7,2026-04-01,web\n", mapping=LEADS.replace(written, instead))
    assert problem in "\n".join(refusals(result))
