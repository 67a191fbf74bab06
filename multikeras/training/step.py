"""Compiled steps: stateful Python code, which reads and assigns variables, as one compiled call.

On backends whose variables are mutable objects of the framework the code is handed over as it is. For the others it is
traced into a pure function: the values of the variables go in, the values assigned come out and are stored afterwards.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from multikeras.backend.contract import Backend, Capability, StepOptions
from multikeras.state.scope import StatelessScope, UnlistedVariable
from multikeras.state.variable import Variable
from multikeras.training.key_order import keep, plain


class _MoreAssigned(Exception):  # noqa: N818 - a signal between tracing and its caller
    """A later trace assigns variables that the first one did not."""


class CompiledStep:
    """A stateful function, compiled.

    Args:
        fn: A function of nested tensors that returns nested tensors.
        backend: The backend that compiles it.
        variables: Variables that it is known to read. Others are found while tracing.
        whole: Whether the framework's optimizing compiler is asked for.
        reuses: Whether the memory of the variables' old values is used for the new ones, where the function is traced
            into a pure one. An array that somebody else holds too keeps its values all the same.
    """

    def __init__(
        self, fn: Callable, backend: Backend, variables: Iterable[Variable], whole: bool = False, reuses: bool = False
    ) -> None:
        self.fn = fn
        self.backend = backend
        self.variables = list({id(v): v for v in variables}.values())
        self.assigned: list[Variable] | None = None
        self.traces = 0
        self._mutable = Capability.MUTABLE_VARIABLES in backend.can
        self._reuses = reuses and not self._mutable
        self._options = StepOptions(whole=whole, donate=1 if self._reuses else None)
        self._compiled: Callable | None = None
        self._repeated: Callable | None = None

    @property
    def repeats(self) -> bool:
        """Whether several steps can be run in one call."""
        repeats = getattr(self.backend.compile, "repeats", None)
        return repeats is not None and repeats()

    def __call__(self, *args: Any) -> Any:
        if self._mutable:
            if self._compiled is None:
                self._compiled = self.backend.compile.step(self.fn, self._options)
            return self._compiled(*args)
        return self._until_known(self._single, keep(args))

    def repeated(self, entries: Any) -> Any:
        """Run once for each entry along the first axis of nested tensors, in one call, after at least one single call.

        Returns:
            What the function returned for the last entry.
        """
        if self._mutable:
            return self._repeating(self.fn)(entries)
        return self._until_known(self._several, keep(entries))

    def _until_known(self, call: Callable[[Any], tuple[list[Any], Any]], given: Any) -> Any:
        """What a call returns, once each variable that it reads or assigns is known: a trace may tell of others."""
        while True:
            try:
                values, outputs = call(given)
            except UnlistedVariable as found:
                self._add(found.variable)
            except _MoreAssigned:
                self._compiled = self._repeated = None
            else:
                return self._stored(values, outputs)

    def _single(self, args: tuple) -> tuple[list[Any], Any]:
        if self._compiled is None:
            self._compiled = self.backend.compile.step(self._weak("_pure"), self._options)
        return self._compiled(*self._state(), args)

    def _several(self, entries: Any) -> tuple[list[Any], Any]:
        return self._repeating(self._weak("_pure_entry"))(*self._loop_state(), entries)

    def _repeating(self, fn: Callable) -> Callable:
        if self._repeated is None:
            compiler: Any = self.backend.compile
            self._repeated = compiler.repeat(fn, self._options)
        assert self._repeated is not None
        return self._repeated

    def _weak(self, name: str) -> Callable:
        """A method that does not keep the step alive: what it is compiled to is kept by the step."""
        reference = weakref.ref(self)

        def method(*args: Any) -> Any:
            return getattr(reference(), name)(*args)

        return method

    # -- The pure function ------------------------------------------------------------------------------------

    def _add(self, variable: Variable) -> None:
        self.variables.append(variable)
        self._compiled = self._repeated = None

    def _state(self) -> tuple[list[Any], list[Any]]:
        """The values that a single call reads alone, and those whose memory it may use."""
        values = [v._storage for v in self.variables]
        return ([], self._own(values)) if self._reuses else (values, [])

    def _carried(self) -> tuple[list[Variable], list[Variable]]:
        """The variables that do not change from entry to entry, and those that do."""
        if self._reuses:
            return [], self.variables
        assert self.assigned is not None
        changing = {id(v) for v in self.assigned}
        return [v for v in self.variables if id(v) not in changing], self.assigned

    def _loop_state(self) -> tuple[list[Any], list[Any]]:
        """The values of both."""
        constant, changing = self._carried()
        values = [v._storage for v in changing]
        return [v._storage for v in constant], self._own(values) if self._reuses else values

    def _own(self, values: list[Any]) -> list[Any]:
        """The values, with copies of those that somebody else holds: what a call is given to use is gone afterwards."""
        count = sys.getrefcount
        for i, value in enumerate(values):
            if count(value) > _UNSHARED:
                values[i] = self.backend.tensors.copy(value)
        return values

    def _pure(self, constants: list[Any], carry: list[Any], args: tuple) -> tuple[list[Any], Any]:
        return self._traced(self.variables, constants or carry, args)

    def _pure_entry(self, constants: list[Any], carry: list[Any], entry: Any) -> tuple[list[Any], Any]:
        constant, changing = self._carried()
        return self._traced([*constant, *changing], [*constants, *carry], (entry,))

    def _traced(self, variables: list[Variable], state: list[Any], args: tuple) -> tuple[list[Any], Any]:
        """The values that variables have after a call of the function, and what it returns."""
        self.traces += 1
        with StatelessScope(only=True) as scope:
            scope.state_mapping.update({id(v): value for v, value in zip(variables, state, strict=True)})
            outputs = keep(self.fn(*plain(args)))
        if self.assigned is None:
            self.assigned = list(scope.updated.values())
        known = {id(v) for v in self.assigned}
        more = [v for v in scope.updated.values() if id(v) not in known]
        if more:
            self.assigned += more
            raise _MoreAssigned
        # A variable may be assigned without having been read.
        listed = {id(v) for v in self.variables}
        for v in self.assigned:
            if id(v) not in listed:
                raise UnlistedVariable(v)
        return [scope.state_mapping[id(v)] for v in (self.variables if self._reuses else self.assigned)], outputs

    def _stored(self, values: list[Any], outputs: Any) -> Any:
        assigned = self.variables if self._reuses else self.assigned
        assert assigned is not None
        for v, value in zip(assigned, values, strict=True):
            v._storage = value
        return outputs if outputs is None else plain(outputs)


def _unshared_count() -> int:
    """What `sys.getrefcount` says, in a loop like that of `_own`, of a value that only an attribute holds besides."""

    class Holder:
        def __init__(self) -> None:
            self.storage = object()

    holder = Holder()
    values = [holder.storage]
    count = sys.getrefcount
    for _, value in enumerate(values):
        return count(value)
    raise AssertionError


_UNSHARED = _unshared_count()
