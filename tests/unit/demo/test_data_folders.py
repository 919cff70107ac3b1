"""What stands in the folder that is named to Baton: its own data is emptied and stopped, all else stays untouched."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.commands.output import RefusalError
from services.local.data_folder import MARKER, Purpose, empty, owned_folder, stop_left_behind
from shared.embedded.errors import EmbeddedStackError
from shared.embedded.steps import quiet


def refused(*words: str) -> str:
    """What is said on standard error where the command refuses."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with somebody's work in it."""
    folder = tmp_path / "checkout"
    (folder / "kafka").mkdir(parents=True)
    (folder / "kafka" / "notes.txt").write_text("mine")
    (folder / "README.md").write_text("mine")
    return folder


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [("demo", "--no-browser"), ("up",), ("down",)], ids=lambda words: words[0])
def test_a_folder_with_somebodys_work_in_it_is_refused_and_nothing_in_it_is_touched(
    checkout: Path, command: tuple[str, ...]
) -> None:
    before = content(checkout)

    said = refused(*command, "--data", str(checkout))

    assert f"{checkout} is no data folder of Baton's" in said
    assert content(checkout) == before


def test_the_folder_in_which_one_stands_is_refused_too(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    before = content(checkout)

    assert ". is no data folder of Baton's" in refused("demo", "--no-browser", "--data", ".")
    assert content(checkout) == before


def test_a_link_to_a_folder_is_refused_even_where_the_folder_is_empty(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)

    assert f"{link} is a link: name the folder itself" in refused("demo", "--no-browser", "--data", str(link))
    assert list(folder.iterdir()) == []


def test_a_mark_that_is_a_link_does_not_make_a_folder_batons(checkout: Path, tmp_path: Path) -> None:
    with owned_folder(tmp_path / "demo", "demo", quiet):
        (checkout / MARKER).symlink_to(tmp_path / "demo" / MARKER)

    with pytest.raises(RefusalError, match="no data folder of Baton's"):
        empty(checkout)
    assert (checkout / "README.md").exists()


def test_what_an_earlier_demo_kept_is_taken_away_and_what_its_links_lead_to_is_not(
    checkout: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "demo"
    with owned_folder(folder, "demo", quiet):
        (folder / "postgres" / "data").mkdir(parents=True)
        (folder / "postgres" / "data" / "PG_VERSION").write_text("18")
        (folder / "postgres" / "elsewhere").symlink_to(checkout)
        (folder / "elsewhere").symlink_to(checkout)

    with owned_folder(folder, "demo", quiet):
        empty(folder)
        assert {path.name for path in folder.iterdir()} == {MARKER, "in-use.lock"}

    assert content(checkout) == {"README.md": "mine", "kafka/notes.txt": "mine"}


def test_what_up_keeps_is_never_emptied_by_the_demo(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with owned_folder(folder, "up", quiet):
        (folder / "orders").write_text("kept")

    assert f"{folder} holds the data of `baton up`" in refused("demo", "--no-browser", "--data", str(folder))
    with pytest.raises(RefusalError, match="was not made for `baton demo`"):
        empty(folder)
    assert (folder / "orders").read_text() == "kept"


@pytest.mark.parametrize("purpose", ["up", "demo"])
def test_an_empty_folder_is_taken_and_a_second_run_on_it_is_refused(tmp_path: Path, purpose: Purpose) -> None:
    with (
        owned_folder(tmp_path, purpose, quiet),
        pytest.raises(EmbeddedStackError, match=rf"in use by another run \(process {os.getpid()}\)"),
        owned_folder(tmp_path, purpose, quiet),
    ):
        pytest.fail("two runs have the same folder")


@pytest.mark.parametrize("command", [("demo", "--no-browser"), ("up",)], ids=lambda words: words[0])
def test_a_file_and_a_place_where_no_folder_can_be_are_refused_in_a_sentence(
    checkout: Path, command: tuple[str, ...]
) -> None:
    file = checkout / "README.md"

    assert f"{file} is a file: a folder is expected" in refused(*command, "--data", str(file))
    assert "cannot hold data (Not a directory)" in refused(*command, "--data", str(file / "below"))


def test_down_on_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert f"{tmp_path / 'nowhere'}: there is no such folder" in refused("down", "--data", str(tmp_path / "nowhere"))


def test_down_on_a_data_folder_after_a_good_end_finds_nothing(tmp_path: Path) -> None:
    with owned_folder(tmp_path / "demo", "demo", quiet):
        pass
    found: list[object] = []

    stop_left_behind(tmp_path / "demo", found.append)

    assert found == []


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_no_machine_has_is_refused_with_the_range(port: str) -> None:
    assert "is not in the range 0<=x<=65535" in refused("demo", "--no-browser", "--port", port)
