"""The default playbook with a sales office for the bench: many reps without limits who work round the clock.

Otherwise the load would wait for the morning, or for somebody's cap.
"""

from pathlib import Path
from typing import Any

import yaml

from tests.bench.stage import PLAYBOOK

KEPT = ("company.yaml", "calendars.yaml", "scoring.yaml", "sla.yaml", "alerts.yaml", "kpi.yaml")


def open_office(folder: Path, times: int) -> Path:
    """A playbook folder in which every rep of the default one stands so many times."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        (folder / name).write_text((PLAYBOOK / name).read_text("utf-8"), "utf-8")
    routing = yaml.safe_load((PLAYBOOK / "routing.yaml").read_text("utf-8"))
    (folder / "routing.yaml").write_text(yaml.safe_dump(widened(routing, times), allow_unicode=True), "utf-8")
    return folder


def widened(routing: dict[str, Any], times: int) -> dict[str, Any]:
    """The same teams, pools and rules with more reps; the examples, which name owners, are left out."""
    numbers = range(1, times + 1)
    return {
        **{name: part for name, part in routing.items() if name not in ("examples", "teams", "reps", "pools")},
        "teams": [
            {name: _first(value) if name in ("manager", "fallback") else value for name, value in _open(team).items()}
            for team in routing["teams"]
        ],
        "reps": [
            {"id": f"{rep['id']}-{n}", "name": rep["name"], "team": rep["team"], "slack": f"{rep['slack']}N{n}"}
            for rep in routing["reps"]
            for n in numbers
        ],
        "pools": [
            {**pool, "members": [f"{member}-{n}" for member in pool["members"] for n in numbers]}
            for pool in routing["pools"]
        ],
    }


def _first(rep: str) -> str:
    return f"{rep}-1"


def _open(team: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in team.items() if name != "calendar"}
