"""The thorough mode: calls drawn by Hypothesis, held to the rule and the oracle for as long as there is time.

Left out unless `--thorough` is given; `--mk-minutes` says how long all ops together may take.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import drawing
from multikeras_conformance.checking import check, check_refusal

ROUND = 20
"""How many calls are drawn before the clock is looked at."""

REFUSED = 100
"""How many are drawn for each op to find those that are refused."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op that has an oracle and cases to start from."""
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if op.reference is not None and op.cases]
        metafunc.parametrize("op", found, ids=lambda op: op.name)


# NumPy warns where others return nan or infinity.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_drawn_calls_are_as_rule_and_oracle_say(op: Op, request: pytest.FixtureRequest) -> None:
    """A part of the time for each op; what fails is made smaller, and printed as a call to paste."""
    tests = sum(op.reference is not None and bool(op.cases) for op in DECLARED.values())
    minutes: float = request.config.getoption("--mk-minutes") or 0.0
    end = time.monotonic() + 60 * minutes * _workers(request.config) / tests

    @_drawn(ROUND)
    def run(data: st.DataObject) -> None:
        check(drawing.drawn_call(data.draw, op))

    while True:
        run()
        if time.monotonic() >= end:
            return


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_drawn_calls_are_refused_as_the_rule_does(op: Op) -> None:
    """More of them than the others, which cost more: some backends compile each of those for its shapes."""

    @_drawn(REFUSED)
    def run(data: st.DataObject) -> None:
        check_refusal(drawing.drawn_call(data.draw, op))

    run()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_neighbours_of_cases_are_as_rule_and_oracle_say(op: Op) -> None:
    """Not drawn but gone through: odd shapes, empty ones among them, and axes that are there or not."""
    for call in drawing.neighbours(op):
        check(call)


def _drawn(count: int) -> Callable[[Callable[[st.DataObject], None]], Callable[[], None]]:
    """Make a function of drawn data one that runs so many times."""
    drawn = settings(
        max_examples=count,
        deadline=None,
        # Other calls in each round, where Hypothesis would repeat them for an integration's sake too.
        derandomize=False,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
    )
    return lambda run: drawn(given(st.data())(run))


def _workers(config: pytest.Config) -> int:
    return int(getattr(config, "workerinput", {}).get("workercount", 1))
