"""The list of deliberate differences: every entry names what there is, and the page of the docs is made from it."""

from __future__ import annotations

import pathlib

import pytest
from parity.comparison import compared_ops
from parity.differences import Difference, Seen, Where, differences, judge
from parity.differences_page import PAGE, page
from parity.test_functions import CALLS

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize("entry", differences(), ids=lambda entry: entry.topic)
def test_entry_names_ops_and_tests_that_exist(entry: Difference) -> None:
    known = {op.name for op in compared_ops()} | set(CALLS) | {"*"}
    assert {name for where in entry.where for name in where.ops} <= known
    for test in entry.tests:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_topics_are_named_once() -> None:
    topics = [entry.topic for entry in differences()]
    assert len(set(topics)) == len(topics)


def test_page_is_made_from_the_list() -> None:
    """After a change: `python -m parity.differences_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_is_not_listed_is_wrong() -> None:
    seen = Seen(
        "add", "cases", "draw(2,3), draw(2,3)", ("float32",), "values", ("float32",), ("float32",), "1, Keras 2"
    )
    assert ["not in differences.toml" in w for w in judge("add", "torch", "cases", [seen])] == [True]


def test_what_is_listed_and_equal_is_wrong() -> None:
    """On each backend that the entry names: elsewhere it may be equal."""
    assert len(judge("sparsemax", "numpy", "cases", [])) >= 1
    where = Where(ops=("tri",), what="values", backends=("torch",), cases=("2, 0",))
    seen = Seen("tri", "cases", "2, 0", (), "values")
    assert where.covers(seen, "torch")
    assert where.claims("tri")
    assert not where.covers(seen, "jax")
    assert not where.covers(Seen("tri", "cases", "2, 1", (), "values"), "torch")
    assert not where.covers(Seen("tri", "cases", "2, 0", (), "dtype"), "torch")
