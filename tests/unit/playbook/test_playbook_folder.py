"""A playbook is a folder: read once, named by its contents, loaded whole or refused whole."""

from pathlib import Path

import pytest

from shared.playbook import PlaybookError, PlaybookFolder, PlaybookModel, Problem, Whole, collect


class Scoring(PlaybookModel):
    threshold: Whole


class Alerts(PlaybookModel):
    a_minute: Whole = 60


def _folder(path: Path, **texts: str) -> PlaybookFolder:
    for name, text in texts.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return PlaybookFolder.read(path)


def test_the_version_is_the_same_for_the_folder_and_for_its_copy_in_the_database(tmp_path: Path) -> None:
    folder = _folder(tmp_path, scoring="threshold: 60", alerts="a_minute: 1")
    assert PlaybookFolder.of(dict(sorted(folder.files.items(), reverse=True))).version == folder.version
    assert len(folder.version) == 12
    assert int(folder.version, 16) >= 0


@pytest.mark.parametrize(
    "texts",
    [
        {"scoring.yaml": "a: 1", "sla.yaml": "b: 2"},
        {"scoring.yaml": "a: 2", "alerts.yaml": "b: 2"},
        {"scoring.yaml": "a: 1", "alerts.yaml": "b: 2", "kpi.yaml": ""},
        {"scoring.yaml": "a: 1"},
    ],
)
def test_the_version_changes_with_every_name_and_every_text(texts: dict[str, str]) -> None:
    base = PlaybookFolder.of({"scoring.yaml": "a: 1", "alerts.yaml": "b: 2"})
    assert PlaybookFolder.of(texts).version != base.version


def test_line_ends_and_files_that_mean_nothing_leave_the_version_alone() -> None:
    plain = PlaybookFolder.of({"scoring.yaml": "a: 1\nb: 2\n"})
    assert PlaybookFolder.of({"scoring.yaml": "a: 1\r\nb: 2\r\n", "README.md": "x"}).version == plain.version


def test_a_required_file_that_is_missing_is_named() -> None:
    with pytest.raises(PlaybookError, match=r"\Ascoring\.yaml: the file is missing from the playbook\Z"):
        PlaybookFolder.of({}).load("scoring.yaml", Scoring)


def test_a_required_file_under_a_similar_name_is_found_out() -> None:
    with pytest.raises(PlaybookError, match=r"rename scoring\.yml"):
        PlaybookFolder.of({"scoring.yml": "threshold: 1"}).load("scoring.yaml", Scoring)


def test_an_optional_file_that_is_missing_gives_the_defaults() -> None:
    loaded = PlaybookFolder.of({}).load_optional("alerts.yaml", Alerts)
    assert loaded.model == Alerts()
    assert str(loaded.problem(("a_minute",), "too many")) == "alerts.yaml:1:1: too many"


def test_an_optional_file_that_is_there_must_be_right() -> None:
    folder = PlaybookFolder.of({"alerts.yaml": "a_minute: 5"})
    assert folder.load_optional("alerts.yaml", Alerts).model.a_minute == 5
    with pytest.raises(PlaybookError, match="the file is empty"):
        PlaybookFolder.of({"alerts.yaml": ""}).load_optional("alerts.yaml", Alerts)


def test_files_of_no_known_name_are_listed_and_do_not_stop_the_playbook(tmp_path: Path) -> None:
    for name in ("README.md", "README.ja.md", "scoring.schema.json", ".gitignore", "scorring.yaml", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "examples").mkdir()
    (tmp_path / "old").mkdir()
    folder = _folder(tmp_path, scoring="threshold: 60")
    assert folder.unknown_files == ("notes.txt", "old", "scorring.yaml")
    assert list(folder.files) == ["scoring.yaml"]
    assert folder.load("scoring.yaml", Scoring).model.threshold == 60


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="absent: the folder cannot be read: No such file or directory"):
        PlaybookFolder.read(tmp_path / "absent")


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "sla.yaml").mkdir()
    (tmp_path / "kpi.yaml").write_bytes(b"a: \xff")
    with pytest.raises(PlaybookError) as refusal:
        PlaybookFolder.read(tmp_path)
    assert str(refusal.value).split("\n") == [
        "kpi.yaml:1:4: found the byte 0xff; UTF-8 text is expected: save the file as UTF-8",
        "sla.yaml: the file cannot be read: Is a directory",
    ]


def _load_both(folder: PlaybookFolder) -> tuple[Scoring, Alerts]:
    with collect() as problems:
        scoring = problems.attempt(folder.load, "scoring.yaml", Scoring)
        alerts = problems.attempt(folder.load_optional, "alerts.yaml", Alerts)
        if scoring.value.model.threshold > alerts.value.model.a_minute:
            problems.add(scoring.value.problem(("threshold",), "more than alerts a minute"))
    return scoring.value.model, alerts.value.model


@pytest.mark.parametrize(
    ("scoring", "alerts", "told"),
    [
        (
            "treshold: 1",
            "a_minute: x",
            [
                "alerts.yaml:1:11: found text 'x'; a whole number is expected",
                "scoring.yaml:1:1: unknown key 'treshold'; did you mean 'threshold'?",
            ],
        ),
        ("threshold: 60", "a_minute: x", ["alerts.yaml:1:11: found text 'x'; a whole number is expected"]),
        ("threshold: 60", "a_minute: 10", ["scoring.yaml:1:12: more than alerts a minute"]),
    ],
)
def test_a_playbook_is_refused_whole_with_the_problems_of_all_files(scoring: str, alerts: str, told: list[str]) -> None:
    folder = PlaybookFolder.of({"scoring.yaml": scoring, "alerts.yaml": alerts})
    with pytest.raises(PlaybookError) as refusal:
        _load_both(folder)
    assert str(refusal.value).split("\n") == told


def test_a_playbook_without_mistakes_is_loaded_whole() -> None:
    assert _load_both(PlaybookFolder.of({"scoring.yaml": "threshold: 60"})) == (Scoring(threshold=60), Alerts())


def test_problems_are_told_once_and_in_the_order_of_files_and_lines() -> None:
    first, second, third = Problem("a.yaml", 2, 1, "x"), Problem("a.yaml", 10, 1, "x"), Problem("b.yaml", 1, 1, "x")
    assert PlaybookError([third, second, first, second]).problems == (first, second, third)
