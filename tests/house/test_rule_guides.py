"""The guides to scoring and routing can be followed to the letter, and they name every key that a rule may have."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from services.routing import written as routing
from services.routing.lint import KNOWN_FIELDS
from services.routing.records import Candidate, choose
from services.scoring import examples_written
from services.scoring import written as scoring
from services.scoring.explain import explain, place_of, written
from services.scoring.folding import folded
from services.scoring.history import in_order
from services.scoring.lint import PROFILE_FIELDS
from services.scoring.playbook import load as load_scoring
from services.scoring.playbook import read as read_scoring
from services.scoring.rules import in_points
from shared.calendars import Leave
from shared.conditions import Operator
from shared.events import decode
from shared.playbook import PlaybookFolder
from tests.house.documents import FENCED, ROOT, rows, text_of
from tests.house.test_commands_of_the_docs import answer_of

SCORING, ROUTING = ROOT / "docs/scoring.md", ROOT / "docs/routing.md"
GUIDES = pytest.mark.parametrize("guide", [SCORING, ROUTING], ids=lambda path: path.name)
PLACE = re.compile(r"(?:^|\n)(?:(In|At the end of) )?`([^`]+)`(?:, (above|below) the line with `([^`]+)`)?:\n\n$")
PROMPTED = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
VERSION = re.compile(r"\b(version|playbook) [0-9a-f]{12}\b")
LEFT_OUT = re.compile(r"\b(?:version|playbook) …")
SCORING_MODELS = (
    scoring.ScoringFile,
    scoring.MachinesSection,
    scoring.FitSection,
    scoring.FitRuleEntry,
    scoring.EngagementSection,
    scoring.GroupSection,
    scoring.EngagementRuleEntry,
    scoring.OncePerObject,
    scoring.AtMostPerPeriod,
    scoring.MqlSection,
    examples_written.ScoringExample,
    examples_written.ExampleEvent,
    examples_written.ExpectedScore,
)
ROUTING_MODELS = (
    routing.RoutingFile,
    routing.TeamEntry,
    routing.RepEntry,
    Leave,
    routing.PoolEntry,
    routing.RuleEntry,
    routing.AccountsSection,
    routing.HandoverEntry,
    routing.RoutingExample,
    routing.ExpectedOwner,
    routing.SlaFile,
    routing.ClockEntry,
    routing.StepEntry,
)
NOT_TOLD = {"backfill", "batch_id", "rep_id"}
"""Fields of every activity that say nothing of a lead."""
NOT_IN_A_TABLE = {"type", "days_ago"}
"""Keys of an activity of an example, which a sentence explains."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder as the guides expect it."""
    for name in ("deploy", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def edited(text: str, block: str, side: str, line: str) -> str:
    """The text with the block above or below its only line that holds these words, or else at its end."""
    if not side:
        return text + block
    lines = text.splitlines(keepends=True)
    (place,) = [number for number, one in enumerate(lines) if line in one]
    after = place + (side == "below")
    return "".join([*lines[:after], block, *lines[after:]])


def followed(guide: Path, folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Does what the guide says, from top to bottom; of each command what is typed, what is said, what was printed."""
    text = text_of(guide)
    for block in FENCED.finditer(text):
        if block[1] == "console":
            for line, said in PROMPTED.findall(block[2]):
                shown = [one for one in said.splitlines() if one.strip()]
                yield line, shown, versioned_as(shown, answer_of(line, folder))
        elif place := PLACE.search(text[: block.start()]):
            verb, name, side, words = (place[group] or "" for group in range(1, 5))
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(edited(path.read_text("utf-8") if verb else "", block[2], side, words), "utf-8")


def versioned_as(shown: list[str], printed: list[str]) -> list[str]:
    """What was printed, with `…` for versions if that is shown: any edit of the example company's rules changes it."""
    left_out = any(LEFT_OUT.search(line) for line in shown)
    return [VERSION.sub(r"\1 …", line) for line in printed] if left_out else printed


def keys_of(models: tuple[type[BaseModel], ...]) -> set[str]:
    """The keys as they are written in the files."""
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def explained(guide: Path) -> set[str]:
    """What the first cells of the tables name."""
    return {key for cell, *_ in rows(guide) for key in re.findall(r"`([^`]+)`", cell)}


@GUIDES
def test_whoever_follows_the_guide_sees_what_it_shows(guide: Path, checkout: Path) -> None:
    typed = list(followed(guide, checkout))

    assert sum(line.startswith("baton ") for line, _, _ in typed) >= 5
    for line, said, printed in typed:
        assert printed == said, line


@GUIDES
def test_every_piece_of_a_playbook_in_the_guide_is_one_to_be_tried(guide: Path) -> None:
    text = text_of(guide)
    pieces = [block for block in FENCED.finditer(text) if block[1] in ("yaml", "jsonl")]

    assert [block[2] for block in pieces if not PLACE.search(text[: block.start()])] == []


@pytest.mark.parametrize(("guide", "models"), [(SCORING, SCORING_MODELS), (ROUTING, ROUTING_MODELS)])
def test_every_key_of_the_rules_is_explained(guide: Path, models: tuple[type[BaseModel], ...]) -> None:
    keys = keys_of(models)

    assert keys - explained(guide) == keys & NOT_IN_A_TABLE
    assert [key for key in keys & NOT_IN_A_TABLE if f"`{key}`" not in text_of(guide)] == []


def test_every_operator_and_every_field_that_a_condition_may_read_is_named() -> None:
    of_scoring, of_routing = text_of(SCORING), text_of(ROUTING)

    assert set(get_args(Operator)) - explained(SCORING) == set()
    assert [field for field in PROFILE_FIELDS - NOT_TOLD if f"`{field}`" not in of_scoring] == []
    assert [field for field in KNOWN_FIELDS - NOT_TOLD if f"`{field}`" not in of_routing] == []


def test_lists_that_the_guides_count_are_that_long() -> None:
    assert f"{len(scoring.SCANNERS)} known scanners" in text_of(SCORING)
    assert f"{len(routing.FREE_MAIL)}, such as" in text_of(ROUTING)


def given_out(weights: dict[str, int], leads: int) -> Iterator[str]:
    """Who gets each of so many leads, while everybody is there."""
    members = [Candidate(rep, Fraction(weight), 0) for rep, weight in weights.items()]
    for number in range(1, leads + 1):
        choice = choose("weighted_round_robin", members)
        members = [replace(one, balance=choice.balances[one.rep]) for one in members]
        members = [replace(one, last_given=number) if one.rep == choice.rep else one for one in members]
        yield choice.rep or "nobody"


def test_weights_of_two_one_and_one_share_sixty_leads_as_the_guide_says() -> None:
    given = list(given_out({"a": 2, "b": 1, "c": 1}, 60))

    assert Counter(given) == {"a": 30, "b": 15, "c": 15}
    assert {("b", "b"), ("c", "c")}.isdisjoint(pairwise(given))


def test_the_explanation_of_a_score_that_the_guide_shows_is_the_one_that_is_told() -> None:
    folder = PlaybookFolder.read(ROOT / "deploy/playbook")
    playbook, places = load_scoring(folder), written(read_scoring(folder))
    lines = (ROOT / "docs/examples/events.jsonl").read_bytes().splitlines()
    history = in_order(event for line in lines if (event := decode(line)).subject == "lead-3")
    state = folded(history, playbook)
    told = {
        (f"{in_points(part.line.value):g}", part.line.rule, str(place_of(part, places)), part.why)
        for part in explain(state, history, playbook, state.latest).parts
    }

    (block,) = [text for language, text in FENCED.findall(text_of(SCORING)) if language == "text"]
    rows_shown = [re.split(r" {2,}", line) for line in block.splitlines()[1:]]
    assert {(f"{float(points):g}", rule, place, why) for points, rule, place, why in rows_shown} == told
