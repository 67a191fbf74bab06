"""Compiled steps: stateful Python code, which reads and assigns variables, as one compiled call.

On backends whose variables are mutable objects of the framework the code is handed over as it is. For the others it is
traced into a pure function: the values of the variables go in, the values assigned come out and are stored afterwards.
"""

from __future__ import annotations

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
    """

    def __init__(self, fn: Callable, backend: Backend, variables: Iterable[Variable], whole: bool = False) -> None:
        self.fn = fn
        self.backend = backend
        self.options = StepOptions(whole=whole)
        self.variables = list({id(v): v for v in variables}.values())
        self.assigned: list[Variable] | None = None
        self.traces = 0
        self._compiled: Callable | None = None

    def __call__(self, *args: Any) -> Any:
        if Capability.MUTABLE_VARIABLES in self.backend.can:
            if self._compiled is None:
                self._compiled = self.backend.compile.step(self.fn, self.options)
            return self._compiled(*args)
        while True:
            if self._compiled is None:
                self._compiled = self.backend.compile.step(self._pure, self.options)
            try:
                outputs, values = self._compiled([v._storage for v in self.variables], keep(args))
            except UnlistedVariable as found:
                self.variables.append(found.variable)
                self._compiled = None
                continue
            except _MoreAssigned:
                self._compiled = None
                continue
            assert self.assigned is not None
            for v, value in zip(self.assigned, values, strict=True):
                v._storage = value
            return outputs if outputs is None else plain(outputs)

    def _pure(self, state: list[Any], args: tuple) -> tuple[Any, list[Any]]:
        self.traces += 1
        with StatelessScope(only=True) as scope:
            scope.state_mapping.update({id(v): value for v, value in zip(self.variables, state, strict=True)})
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
        return outputs, [scope.state_mapping[id(v)] for v in self.assigned]
