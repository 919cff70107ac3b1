"""The file that another terminal reads to ask this run, as `baton up` prints it."""

import sys
from pathlib import Path
from shlex import quote


def write_addresses(folder: Path, kafka: str, dsn: str) -> Path:
    """Write shell lines that lead `baton` to this run, for its owner alone, since they hold a password."""
    programs = quote(str(Path(sys.executable).parent))
    path = folder / "addresses.sh"
    path.touch(mode=0o600)
    path.write_text(
        f'export BATON_KAFKA={quote(kafka)}\nexport BATON_POSTGRES={quote(dsn)}\nexport PATH={programs}:"$PATH"\n',
        "utf-8",
    )
    return path
