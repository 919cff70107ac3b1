"""CPU time and peak memory of running processes, as Linux tells of them in /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time so far of the processes, all below them, and those below that have ended."""
    times, parents = {}, {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(entry)):
            parents[int(entry.name)] = int(fields[1])
            times[int(entry.name)] = sum(int(ticks) for ticks in fields[11:15])
    wanted = {pid for pid in times if _is_below(pid, frozenset(pids), parents)}
    return sum(times[pid] for pid in wanted) / TICKS


def peak_megabytes(pids: Iterable[int]) -> float:
    """The sum of the most memory that each of the processes has held."""
    return sum(_high_water(pid) for pid in pids) / 1024


def _stat(entry: Path) -> list[str]:
    """The fields after the command's name; none where the process has just ended."""
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_below(pid: int, tops: frozenset[int], parents: dict[int, int]) -> bool:
    while pid not in tops:
        if pid not in parents:
            return False
        pid = parents[pid]
    return True


def _high_water(pid: int) -> int:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
