"""A live system that may be hurt, one for each module of tests."""

from collections.abc import Iterator

import pytest

from tests.fakes.slack import FakeSlack
from tests.fault.wounded import QUICK, Wounded, stand_in_slack, wounded_system
from tests.servers import available

__all__ = ["QUICK", "Wounded"]


@pytest.fixture(scope="module")
def slack() -> Iterator[tuple[FakeSlack, str]]:
    with stand_in_slack() as slack:
        yield slack


@pytest.fixture(scope="module")
def wounded(slack: tuple[FakeSlack, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wounded]:
    with available(), wounded_system(tmp_path_factory.mktemp("wounded"), *slack) as wounded:
        yield wounded
