"""Kafka's jars: fetched once, checked always, mended when broken, and explained when not to be had."""

import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.embedded import EmbeddedStackError
from shared.embedded.jars import Jar, kafka_jars, read_lock
from shared.embedded.steps import Step, quiet
from tests.servers import available

pytestmark = pytest.mark.servers


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep the tests' output free of requests."""


@pytest.fixture(scope="module")
def jars() -> list[Path]:
    with available():
        return kafka_jars(quiet)


@pytest.fixture
def repository(jars: list[Path], tmp_path: Path) -> Path:
    """A Maven repository on disk that has every jar of the lock."""
    folder = tmp_path / "repository"
    for jar, path in zip(read_lock(), jars, strict=True):
        place = place_of(jar, folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path)
    return folder


@pytest.fixture
def environ(repository: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty cache, and a mirror on this machine to fill it from."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(repository))) as server:
        threading.Thread(target=server.serve_forever).start()
        yield {
            "BATON_CACHE": str(tmp_path / "cache"),
            "BATON_MAVEN_REPOSITORY": f"http://127.0.0.1:{server.server_port}",
        }
        server.shutdown()


def place_of(jar: Jar, repository: Path) -> Path:
    group, artifact, version = jar.coordinates.split(":")
    return repository.joinpath(*group.split("."), artifact, version, jar.filename)


def filled(cache: Path, jars: list[Path]) -> Path:
    folder = cache / "kafka-jars"
    folder.mkdir(parents=True)
    for path in jars:
        shutil.copy(path, folder)
    return folder


def assert_whole(paths: list[Path]) -> None:
    assert all(jar.matches(path) for jar, path in zip(read_lock(), paths, strict=True))


def test_jars_are_fetched_once(environ: Mapping[str, str]) -> None:
    steps: list[Step] = []
    assert_whole(kafka_jars(steps.append, environ))
    assert_whole(kafka_jars(steps.append, environ))
    assert [str(step) for step in steps] == ["fetching Kafka (45 MB, once)"]


def test_only_a_half_written_jar_is_fetched_again(
    environ: Mapping[str, str], repository: Path, jars: list[Path]
) -> None:
    folder = filled(Path(environ["BATON_CACHE"]), jars)
    broken, *others = read_lock()
    for jar in others:
        place_of(jar, repository).unlink()
    with (folder / broken.filename).open("r+b") as file:
        file.truncate(1000)
    assert_whole(kafka_jars(quiet, environ))


def test_what_a_killed_download_left_behind_does_no_harm(environ: Mapping[str, str]) -> None:
    half = place_of(read_lock()[0], Path(environ["BATON_CACHE"]) / "kafka-jars.part")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half a jar")
    assert_whole(kafka_jars(quiet, environ))
    assert not half.exists()


def test_two_runs_at_the_same_time_fetch_once(environ: Mapping[str, str]) -> None:
    steps: list[Step] = []
    with ThreadPoolExecutor(2) as pool:
        for fetched in [pool.submit(kafka_jars, steps.append, environ) for _ in range(2)]:
            assert_whole(fetched.result())
    assert len(steps) == 1


def test_a_jar_that_differs_from_the_lock_is_refused(environ: Mapping[str, str], repository: Path) -> None:
    jar = read_lock()[0]
    place_of(jar, repository).unlink()
    place_of(jar, repository).write_bytes(b"something else")
    with pytest.raises(EmbeddedStackError, match=f"{jar.coordinates} came with SHA-256"):
        kafka_jars(quiet, environ)
    assert not (Path(environ["BATON_CACHE"]) / "kafka-jars" / jar.filename).exists()


def test_a_machine_that_cannot_fetch_is_told_what_it_needs(tmp_path: Path) -> None:
    environ = {"BATON_CACHE": str(tmp_path), "BATON_MAVEN_REPOSITORY": "http://127.0.0.1:1"}
    with pytest.raises(EmbeddedStackError) as refused:
        kafka_jars(quiet, environ)
    for hint in ("BATON_MAVEN_REPOSITORY=url", "BATON_KAFKA_JARS=folder", "BATON_KAFKA=host:port", "jars.lock"):
        assert hint in str(refused.value)
    assert any(jar.coordinates in str(refused.value) for jar in read_lock())


def test_jars_put_there_by_hand_are_used_without_fetching(repository: Path, tmp_path: Path) -> None:
    environ = {"BATON_KAFKA_JARS": str(repository), "BATON_CACHE": str(tmp_path / "unused")}
    assert_whole(kafka_jars(quiet, environ))
    assert not (tmp_path / "unused").exists()


def test_a_jar_missing_among_those_put_there_by_hand_is_named(repository: Path) -> None:
    jar = read_lock()[3]
    place_of(jar, repository).unlink()
    with pytest.raises(EmbeddedStackError, match=jar.coordinates) as refused:
        kafka_jars(quiet, {"BATON_KAFKA_JARS": str(repository)})
    assert "lacks 1 of 46 jars" in str(refused.value)
