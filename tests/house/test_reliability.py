"""The catalogue of faults in the docs is the one that the tests tell."""

from tests.fault.catalogue import DOCUMENT, NOT_TRIED, covered, written


def test_the_document_shows_which_tests_try_each_fault() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "run python -m tests.fault.catalogue"


def test_a_fault_that_is_said_not_to_be_tried_is_not_tried() -> None:
    assert [number for number in NOT_TRIED if covered()[number]] == []
