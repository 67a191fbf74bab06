"""The command-line option of the suite.

An entry point brings it in, since pytest reads the options of a package named by `--pyargs` too late from its conftest.
Every run of pytest where multikeras is installed imports this file: it imports nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--mk-backend`."""
    group = parser.getgroup("multikeras")
    group.addoption("--mk-backend", metavar="NAME", help="the backend that the conformance suite is run on")
