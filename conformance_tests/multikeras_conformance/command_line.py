"""The command-line options of the suite.

An entry point brings it in, since pytest reads the options of a package named by `--pyargs` too late from its conftest.
Every run of pytest where multikeras is installed imports this file: it imports nothing itself unless it is asked to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--mk-backend` and what goes with it."""
    group = parser.getgroup("multikeras")
    group.addoption("--mk-backend", metavar="NAME", help="the backend that the conformance suite is run on")
    group.addoption("--mk-device", metavar="DEVICE", help="the device that everything is made on, such as gpu:0")
    group.addoption("--mk-report", metavar="FOLDER", help="write what was found to FOLDER/NAME.json")
    group.addoption(
        "--thorough",
        action="store_true",
        help="every case of an op in every dtype, and calls drawn by Hypothesis for some ten minutes",
    )
    group.addoption(
        "--mk-minutes", type=float, metavar="N", default=10.0, help="how long --thorough draws calls (default: 10)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start the suite where an option of it is given."""
    if any(config.getoption(name) is not None for name in ("--mk-backend", "--mk-device", "--mk-report")):
        from multikeras_conformance import starting

        starting.start(config)
