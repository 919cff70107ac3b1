"""What the peers need to run: Quix Streams an environment of its own, Kafka Streams Java and Maven. Made once."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]
MADE = ROOT / ".baton" / "bench"
KSTREAMS = Path(__file__).parents[1] / "kstreams"
QUIX = "quixstreams==3.28.1"
JAVA_NEEDED = 17
BUILD_SECONDS = 600
LAST_LINES = 5


class UnavailableError(RuntimeError):
    """A peer cannot be run on this machine; the text says why."""


def python_of_quix() -> list[str]:
    """The Python that has Quix Streams. Raises UnavailableError."""
    folder = MADE / "quix"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        uv = shutil.which("uv") or str(ROOT / ".baton" / "uv" / "bin" / "uv")
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), QUIX])
        (folder / ".ready").touch()
    return [str(python), "-W", "ignore"]


def java_of_kstreams() -> list[str]:
    """The Java command that has the Kafka Streams program in its class path. Raises UnavailableError."""
    java, maven = _found("java"), _found("mvn")
    if (version := _java_version(java)) < JAVA_NEEDED:
        raise UnavailableError(f"java is of version {version}, {JAVA_NEEDED} or newer is needed")
    built = MADE / "kstreams"
    jar = built / "rolling-sum-1.jar"
    written = max(path.stat().st_mtime for path in KSTREAMS.rglob("*") if path.is_file())
    if not jar.exists() or jar.stat().st_mtime < written:
        shutil.rmtree(built, ignore_errors=True)
        _run([maven, "--quiet", "--batch-mode", "--file", str(KSTREAMS / "pom.xml"), f"-Dbuilt={built}", "package"])
    return [java, "-Xmx1g", "-cp", f"{jar}:{built}/lib/*"]


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise UnavailableError(f"{program} is not on this machine (Debian: apt-get install openjdk-17-jdk maven)")
    return path


def _java_version(java: str) -> int:
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = told.partition('"')[2].split(".")[0]
    return int(version) if version.isdigit() else 0


def _run(command: Sequence[str]) -> None:
    """Raises UnavailableError with the end of what the program said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        said = " / ".join((done.stderr + done.stdout).strip().splitlines()[-LAST_LINES:])
        raise UnavailableError(f"{Path(command[0]).name} failed: {said}")
