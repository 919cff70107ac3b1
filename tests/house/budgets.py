"""Reports how files and functions stand against the house's budgets; fails on gross excess only."""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FILE_LINES, FUNCTION_LINES = 250, 40
GROSS = 1.6


@dataclass(frozen=True)
class Measured:
    what: str
    lines: int


def files() -> list[Measured]:
    paths = [path for folder in ("shared", "services") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Measured(str(path.relative_to(ROOT)), len(path.read_text().splitlines())) for path in paths]


def functions() -> list[Measured]:
    measured = []
    for file in files():
        for node in ast.walk(ast.parse((ROOT / file.what).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                measured.append(Measured(f"{file.what}:{node.lineno} {node.name}", lines))
    return measured


def ignores() -> list[str]:
    return [file.what for file in files() if "type: ignore" in (ROOT / file.what).read_text()]


def report(name: str, measured: list[Measured], most: int) -> bool:
    over = sorted((m for m in measured if m.lines > most), key=lambda m: -m.lines)
    middle = median(m.lines for m in measured)
    print(f"{name}: {len(measured)}, median {middle:g} lines, {len(over)} over {most}")
    for m in over:
        print(f"  {m.lines:4} {m.what}")
    return all(m.lines <= most * GROSS for m in measured)


def main() -> int:
    good = [report("files", files(), FILE_LINES), report("functions", functions(), FUNCTION_LINES)]
    for name in ignores():
        print(f"type: ignore in {name}")
    return 0 if all(good) and not ignores() else 1


if __name__ == "__main__":
    sys.exit(main())
