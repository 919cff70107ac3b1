"""Kafka's jars: named with their hashes in `jars.lock`, fetched once into the user's cache, checked at every start."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.errors import EmbeddedStackError
from shared.embedded.locks import one_at_a_time
from shared.embedded.steps import OnStep, ServerStep

LOCK_FILE = Path(__file__).parent / "jars.lock"
DOWNLOADS_AT_ONCE = 6
ANSWER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: `group:artifact:version`, the SHA-256 in hex, the size in bytes."""

    coordinates: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"

    def matches(self, path: Path) -> bool:
        """Whether the file is there, whole, and the one that the lock names."""
        try:
            return path.stat().st_size == self.size_bytes and sha256(path) == self.sha256
        except FileNotFoundError:
            return False


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_lock(path: Path = LOCK_FILE) -> list[Jar]:
    """The jars of the lock, in the order of the class path."""
    rows = [line.split() for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(coordinates, digest, int(size)) for coordinates, digest, size in rows]


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`BATON_CACHE`, else `baton` in the user's cache folder."""
    if chosen := environ.get("BATON_CACHE"):
        return Path(chosen)
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "baton"


def kafka_jars(on_step: OnStep, environ: Mapping[str, str] = os.environ) -> list[Path]:
    """The class path of the broker, fetched if need be. Raises EmbeddedStackError when a jar cannot be had.

    `BATON_KAFKA_JARS` names a folder of jars put there by hand; `BATON_MAVEN_REPOSITORY` a mirror to fetch from.
    """
    jars = read_lock()
    if by_hand := environ.get("BATON_KAFKA_JARS"):
        return _by_hand(jars, Path(by_hand))
    folder = cache_folder(environ) / "kafka-jars"
    if wanting(jars, folder):
        with one_at_a_time(folder.with_suffix(".lock")):
            _fetch(wanting(jars, folder), folder, environ.get("BATON_MAVEN_REPOSITORY"), on_step)
    return [folder / jar.filename for jar in jars]


def wanting(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    """The jars that the folder lacks, or has in a broken or different form."""
    return [jar for jar in jars if not jar.matches(folder / jar.filename)]


def _by_hand(jars: Sequence[Jar], folder: Path) -> list[Path]:
    found = {path.name: path for path in folder.rglob("*.jar")}
    lacking = [jar for jar in jars if not jar.matches(found.get(jar.filename, folder / jar.filename))]
    if lacking:
        listed = "\n".join(f"  {jar.coordinates}  (sha256 {jar.sha256})" for jar in lacking)
        raise EmbeddedStackError(
            f"BATON_KAFKA_JARS={folder} lacks {len(lacking)} of {len(jars)} jars, or has others:\n{listed}"
        )
    return [found[jar.filename] for jar in jars]


def _fetch(jars: Sequence[Jar], folder: Path, repository: str | None, on_step: OnStep) -> None:
    if not jars:
        return
    on_step(ServerStep.FETCHING.of(megabytes=sum(jar.size_bytes for jar in jars) / 1e6))
    folder.mkdir(parents=True, exist_ok=True)
    unchecked = folder.with_suffix(".part")
    shutil.rmtree(unchecked, ignore_errors=True)
    pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
    try:
        for download in as_completed([pool.submit(_fetch_one, jar, unchecked, repository) for jar in jars]):
            _accept(*download.result(), folder)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(unchecked, ignore_errors=True)


def _fetch_one(jar: Jar, folder: Path, repository: str | None) -> tuple[Jar, Path]:
    from jgo.maven import MavenContext

    context = MavenContext(
        repo_cache=folder, remote_repos={"mirror": repository} if repository else None, timeout=ANSWER_SECONDS
    )
    group, artifact, version = jar.coordinates.split(":")
    try:
        return jar, context.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:
        raise _unreachable(jar, error) from error


def _accept(jar: Jar, path: Path, folder: Path) -> None:
    if not jar.matches(path):
        raise EmbeddedStackError(
            f"{jar.coordinates} came with SHA-256 {sha256(path)}; {LOCK_FILE.name} expects {jar.sha256}."
            " The Maven repository or something on the way serves another file: fetch from a repository you trust"
            " (BATON_MAVEN_REPOSITORY=url)."
        )
    path.replace(folder / jar.filename)


def _unreachable(jar: Jar, error: Exception) -> EmbeddedStackError:
    return EmbeddedStackError(
        f"Kafka could not be fetched: {jar.coordinates} is not to be had from the Maven repository"
        f" ({type(error).__name__}: {str(error)[:300]}).\n"
        "Baton runs Kafka from its Maven jars. On a machine without a way to Maven Central, do one of these:\n"
        "  - name a Maven repository that mirrors it: BATON_MAVEN_REPOSITORY=url\n"
        f"  - put the {len(read_lock())} jars listed in {LOCK_FILE} in a folder and set BATON_KAFKA_JARS=folder\n"
        "  - use a Kafka of your own: BATON_KAFKA=host:port"
    )
