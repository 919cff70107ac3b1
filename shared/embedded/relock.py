"""Writes `jars.lock` anew: `python -m shared.embedded.relock org.apache.kafka:kafka_2.13:4.3.1`."""

import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from shared.embedded.jars import LOCK_FILE, sha256

LOGGING = "org.slf4j:slf4j-simple:1.7.36"
HEAD = "# group:artifact:version sha256 bytes; written by `python -m shared.embedded.relock`, do not edit\n"


def resolved(coordinates: str) -> list[str]:
    """The lines of the lock for these coordinates and all that they need to run."""
    with tempfile.TemporaryDirectory() as repository:
        context = MavenContext(repo_cache=Path(repository))
        wanted = [context.create_dependency(each) for each in (coordinates, LOGGING)]
        inputs, transitive = context.resolver.resolve(wanted)
        rows = []
        for found in [*inputs, *sorted(transitive, key=lambda d: (d.groupId, d.artifactId))]:
            path = found.artifact.resolve()
            rows.append(
                f"{found.groupId}:{found.artifactId}:{found.version} {sha256(path)} {path.stat().st_size}\n",
            )
    return rows


if __name__ == "__main__":
    LOCK_FILE.write_text(HEAD + "".join(resolved(sys.argv[1])))
