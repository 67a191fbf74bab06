"""What a test hands over to the report while it runs.

Tests say which of an op's dtypes they found refused; `multikeras.testing.assert_close` says how large its largest error
was. Without `--mk-report` nobody listens, and a note costs nothing.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from multikeras.testing import assertions


@dataclasses.dataclass
class Notes:
    """What is known of one test.

    Args:
        op: The op that it tests.
        aspect: Which of `schema.ASPECTS`.
        dtype: The dtype of its call, where it makes one call.
        calls: How many calls of the op it compared.
        outcome: `"held"`, `"refused"` (the op does not take the dtype) or `"lacking"` (the backend has it not).
        verdict: `"refused"` where the backend says that it cannot, as it may.
        ulp: The largest error.
        error_dtype: The dtype of that result.
        context: The call that it belongs to, and how to repeat it.
    """

    op: str = ""
    aspect: str = ""
    dtype: str = ""
    calls: int = 0
    outcome: str = ""
    verdict: str = ""
    ulp: float = -1.0
    error_dtype: str = ""
    context: str = ""

    def measured(self, ulp: float, dtype: str, context: str) -> None:
        """Remember an error if it is the largest."""
        if ulp > self.ulp:
            self.ulp, self.error_dtype, self.context = ulp, dtype, context


_notes: Notes | None = None


def begin(notes: Notes) -> None:
    """Listen to a test."""
    global _notes
    _notes = notes
    assertions.listener = notes.measured


def end() -> dict[str, Any]:
    """Listen no more. What the test said, as plain values."""
    global _notes
    assert _notes is not None
    found = dataclasses.asdict(_notes)
    _notes = assertions.listener = None
    return found


def outcome(what: str) -> None:
    """Say what became of the dtype of the test's call. See `Notes`."""
    if _notes is not None:
        _notes.outcome = what


def compared(count: int = 1) -> None:
    """Say that calls were compared."""
    if _notes is not None:
        _notes.calls += count


def refused() -> None:
    """Say that the backend cannot do what is tested, and that it may say so."""
    if _notes is not None:
        _notes.verdict = "refused"
