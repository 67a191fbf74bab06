"""Executions: the batches of an epoch in groups, each of which is one dispatch where the framework can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.graph.operation import flatten, map_structure
from multikeras.training.step import CompiledStep

# Steps that take longer gain nothing by being dispatched together.
_SHORT = 5e-3
# How long a group should take: a bar still moves, and a dispatch is a small part of it.
_GROUP_SECONDS = 0.02
_MOST_STEPS = 64
# Single steps before the first is timed, and steps that are timed.
_WARM = 4
_TIMED = 24


class Execution:
    """Runs the steps of one kind on groups of batches.

    Args:
        step: Runs one step on one batch of native tensors.
        compiled: The compiled step in it, which takes groups; `None` where steps run one by one.
        backend: The backend.
        size: Steps in a group; `"auto"` finds the fastest number by timing.
        bare: The step without the scope in which it records no gradients, if it has one.
    """

    def __init__(
        self,
        step: Callable[[Any], Any],
        compiled: CompiledStep | None,
        backend: Backend,
        size: Any,
        bare: Callable | None = None,
    ) -> None:
        self.step = step
        # The same, where it is already seen to that no gradients are recorded.
        self.bare = step if bare is None else bare
        self._backend = backend
        self._compiled = compiled if compiled is not None and compiled.repeats else None
        self._from_numpy = backend.tensors.from_numpy
        self._feed = getattr(backend.compile, "feed", None) if compiled is not None else None
        self.size = 1 if size == "auto" else size
        self._pace = _Pace() if size == "auto" and self._compiled is not None else None
        self._runs_groups = False

    def begin_epoch(self, even_steps: int | None) -> None:
        """Learn how many batches of one shape follow, `None` where that is unknown. Timing starts afresh."""
        if self._pace is not None and not self._pace.decided:
            self._pace.begin_epoch(even_steps)

    def groups(self, batches: Iterable[Any]) -> Iterator[list[Any]]:
        """The batches in groups of `size`, which may change on the way; the last may be smaller."""
        group: list[Any] = []
        for batch in batches:
            group.append(batch)
            if len(group) >= self.size:
                yield group
                group = []
        if group:
            yield group

    def run(self, group: list[Any], lasting: bool) -> Any:
        """What the step returns for the last batch of a group.

        Args:
            group: Batches, in host arrays or native tensors.
            lasting: Whether the arrays keep their values; others are copied where the device would read them later.
        """
        outputs = self._run(group, lasting)
        pace = self._pace
        if pace is not None and not pace.decided:
            self.size = pace.after(len(group), self._wait)
        return outputs

    def _run(self, group: list[Any], lasting: bool) -> Any:
        # The first steps run one by one: they tell which variables a group carries along.
        if len(group) > 1 and self._compiled is not None and self._runs_groups and len(group) == self.size:
            entries = stacked(group)
            if entries is not None:
                return self._compiled.repeated(self.fed(entries, True))
        outputs = None
        for batch in group:
            outputs = self.step(self.fed(batch, lasting))
        self._runs_groups = True
        return outputs

    def fed(self, batch: Any, lasting: bool) -> Any:
        """A batch as the step takes it; see `run`."""
        feed = self._feed
        if feed is None:
            return self._from_numpy(batch) if type(batch) is np.ndarray else to_native(batch, self._backend)

        def convert(leaf: Any) -> Any:
            if isinstance(leaf, np.ndarray):
                fed = feed(leaf)
                return fed.copy() if fed is leaf and not lasting else fed
            return leaf

        return _map_batch(convert, batch)

    def _wait(self) -> None:
        """Let the device finish."""
        assert self._compiled is not None
        variables = self._compiled.assigned or self._compiled.variables
        if variables:
            self._backend.tensors.to_numpy(variables[-1].value)


class _Pace:
    """Finds how many steps to run in one dispatch: one; then as many as fill `_GROUP_SECONDS`; the faster stays."""

    def __init__(self) -> None:
        self.decided = False
        self._size = 1
        self._even_steps: int | None = None
        self._skip = _WARM
        self._steps = 0
        self._start = 0.0
        self._single = 0.0

    def begin_epoch(self, even_steps: int | None) -> None:
        """What came between two epochs is not timed."""
        self._even_steps = even_steps
        self._skip = max(self._skip, 1)

    def after(self, steps: int, wait: Callable[[], None]) -> int:
        """The size of the next group, after a group of some steps was dispatched."""
        if steps != self._size:
            return self._size  # the end of an epoch
        if self._skip:
            self._skip -= 1
            if not self._skip:
                wait()
                self._start, self._steps = time.perf_counter(), 0
            return self._size
        self._steps += steps
        if self._steps < _TIMED:
            return self._size
        wait()
        spent = (time.perf_counter() - self._start) / self._steps
        if self._size > 1:
            self.decided = True
            if spent > self._single:
                self._size = 1
            return self._size
        self._single = spent
        self._size = self._wanted(spent)
        self.decided = self._size == 1
        self._skip = 1  # the first group compiles
        return self._size

    def _wanted(self, spent: float) -> int:
        wanted = int(min(_GROUP_SECONDS / spent, _MOST_STEPS))
        if spent > _SHORT or wanted < 2:
            return 1
        if self._even_steps is None:
            return wanted
        # Groups that an epoch consists of, at least three: the first compiles, one is timed.
        return max(self._even_steps // max(-(-self._even_steps // wanted), 3), 1)


def stacked(group: list[Any]) -> Any:
    """Batches as one, with a new first axis; `None` where they differ in shape."""
    columns = list(zip(*(flatten(batch) for batch in group), strict=True))
    made = []
    for column in columns:
        first = column[0]
        if first is None:
            made.append(None)
        elif any(x.shape != first.shape or x.dtype != first.dtype for x in column):
            return None
        elif isinstance(first, np.ndarray):
            made.append(np.stack(column))
        else:
            from multikeras import ops

            made.append(ops.stack(list(column)))
    given = iter(made)
    return map_structure(lambda _: next(given), group[0])


def to_native(batch: Any, backend: Backend) -> Any:
    """A batch with its host arrays made tensors of the backend."""
    from_numpy = backend.tensors.from_numpy
    types = backend.tensors.types

    def convert(leaf: Any) -> Any:
        return leaf if leaf is None or isinstance(leaf, types) else from_numpy(np.asarray(leaf))

    return _map_batch(convert, batch)


def _map_batch(convert: Callable[[Any], Any], batch: Any) -> Any:
    """`convert` for every array of a batch. Most are a tuple of arrays, which needs no walk."""
    if type(batch) is tuple and not any(type(part) in (tuple, list, dict) for part in batch):
        return tuple([convert(part) for part in batch])
    return map_structure(convert, batch)
