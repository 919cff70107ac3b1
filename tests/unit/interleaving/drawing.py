"""Which reader is next, how long it waits and how much it reads: one number a step, drawn by Hypothesis."""

import os
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st

from shared.events import Event
from shared.playbook import PlaybookFolder
from tests.unit.interleaving.merging import TIMED, Choose, Merged, Place, Step
from tests.unit.interleaving.playbooks import SHORTER_CLOCKS, THREE_TEAMS

EXAMPLES = int(os.environ.get("BATON_TEST_EXAMPLES", "40"))
QUICK = [timedelta(minutes=minutes) for minutes in (*[0] * 8, 5, 20, 61, 240)]
SLOW = [timedelta(minutes=minutes) for minutes in (0, 20, 61, 240)]
FIRES: list[tuple[str, ...]] = [(), (), (), ("routing",), ("alerts",), TIMED]
RECORDS = [1, 1, 2, 100]
CHOICES = st.integers(0, 2**20)


def drawn(data: st.DataObject) -> Choose:
    """Every choice is drawn; the smallest is to read one record of the first place at once."""

    passes = data.draw(st.sampled_from([QUICK, SLOW]))

    def choose(places: Sequence[Place]) -> Step:
        left, place = divmod(data.draw(CHOICES), len(places))
        left, waits = divmod(left, len(passes))
        left, fires = divmod(left, len(FIRES))
        return Step(passes[waits], FIRES[fires], places[place], RECORDS[left % len(RECORDS)])

    return choose


def merged(folder: PlaybookFolder, activities: list[Event], data: st.DataObject) -> Merged:
    """The activities read in an order that is drawn."""
    world = Merged(folder, activities)
    world.play(drawn(data))
    return world


def merged_while_rules_change(folder: PlaybookFolder, activities: list[Event], data: st.DataObject) -> Merged:
    """As `merged`; one company shortens its deadlines on the way, which changes no fact."""
    world = Merged(folder, activities)
    choose, changes_at = drawn(data), data.draw(st.integers(0, 60))

    def choose_or_change(places: Sequence[Place]) -> Step:
        nonlocal changes_at
        changes_at -= 1
        if changes_at == 0 and folder is THREE_TEAMS:
            world.take_rules_from(SHORTER_CLOCKS)
        return choose(places)

    world.play(choose_or_change)
    return world
