"""OpTable: which native function implements which op on one backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.backend import registry
from multikeras.errors import ContractError, NotSupportedError


class OpTable:
    """The implementations that one backend supplies, by the name of the op.

    An implementation is called with every argument of the op, in the order of its signature, by position; tensors
    arrive native, and with the dtypes that the op's rule asks for.

    Args:
        backend: The backend's name, for messages.
        lift: `lift(op, implementation)` returns the implementation for arguments among which is one of the
            `lifted` types, such as the traced arrays of a backend's own autodiff. `None`: the implementation itself.
        lifted: See `lift`. For them an op without a lifted implementation runs its composite body.
        numbers: Dtypes of tensors among which implementations take a Python number in the place of a tensor, where the
            op casts its arguments to a common dtype: the number adopts the tensors' dtype, as in `x * 2.0`. By default
            numbers become tensors first, which takes time. See `takes_tensors_only`.
    """

    def __init__(
        self,
        backend: str,
        lift: Callable[[Any, Callable], Callable | None] | None = None,
        lifted: tuple[type, ...] = (),
        numbers: frozenset[str] = frozenset(),
    ) -> None:
        self.backend = backend
        self.numbers = numbers
        self.tensors_only: set[str] = set()
        self.judged_when_empty: set[str] = set()
        self.judged: set[str] = set()
        self.lift = lift
        self.lifted = lifted
        self.native: dict[str, Callable] = {}
        self.refused: dict[str, str] = {}

    def alias(self, **rows: Callable) -> None:
        """Name the native functions that have the same parameters as the op, in the same order."""
        for name, function in rows.items():
            self._add(name, function)

    def implements(self, op: Callable) -> Callable[[Callable], Callable]:
        """Decorator: the function implements `op`."""

        def register(function: Callable) -> Callable:
            self._add(op.op.name, function)  # type: ignore[attr-defined]
            return function

        return register

    def takes_tensors_only(self, *names: str) -> None:
        """Name the ops whose implementations take no Python numbers in the place of tensors. See `numbers`."""
        self.tensors_only.update(names)

    def judges_empties(self, *names: str) -> None:
        """Name the ops whose implementations do not look at their other arguments where the first tensor has no
        entries: there the op's rule does first, so that bad ones are errors all the same."""
        self.judged_when_empty.update(names)

    def judges(self, *names: str) -> None:
        """Name the ops whose implementations take arguments that the op's rule refuses: it is asked before each call,
        which takes time that an implementation of one check or two would not."""
        self.judged.update(names)

    def refuses(self, op: Callable, because: str) -> None:
        """Say that this backend can't have `op`, and why."""
        self.refused[op.op.name] = because  # type: ignore[attr-defined]

    def _add(self, name: str, function: Callable) -> None:
        if name in self.native:
            raise ContractError("A backend implements an op once.", received=f"{self.backend}: two rows for {name!r}")
        self.native[name] = function

    def resolve(self, op: Any, lifted: bool = False) -> Callable:
        """The function that runs `op` on this backend: native, else the composite body.

        Args:
            op: The declaration.
            lifted: Whether an argument is of a lifted type.

        Raises:
            NotSupportedError: The backend refuses the op, or has no implementation of a primitive.
        """
        if op.name in self.refused:
            raise NotSupportedError(
                f"The {self.backend} backend does not support ops.{op.name}: {self.refused[op.name]}",
                hint="another backend, such as multikeras.use_backend('numpy')",
            )
        function = self.native.get(op.name)
        if function is not None and lifted and self.lift is not None:
            function = self.lift(op, function)
        if function is None:
            function = op.body
        if function is None:
            raise NotSupportedError(
                f"The {self.backend} backend has no implementation of the primitive ops.{op.name}.",
                hint=f"@table.implements(ops.{op.name}) in the adapter",
            )
        if op.name in self.judged or op.name in self.judged_when_empty:
            return _judging(op, function, op.name in self.judged)
        return function

    def composite(self, op: Callable) -> Callable:
        """The composite body of `op` on this backend, for an implementation that leaves it some of its arguments."""
        return op.op.body_on(registry.load(self.backend))  # type: ignore[attr-defined]

    def kind(self, op: Any) -> str:
        """`"refused"`, `"native"`, `"composite"` or `"missing"`."""
        if op.name in self.refused:
            return "refused"
        if op.name in self.native:
            return "native"
        return "composite" if op.body is not None else "missing"


def _judging(op: Any, function: Callable, always: bool) -> Callable:
    """An implementation whose arguments the op's rule judges, always or where the first tensor is empty."""

    def run(x: Any, *arguments: Any) -> Any:
        if always or 0 in x.shape:
            op.result_spec([x, *arguments])
        return function(x, *arguments)

    return run
