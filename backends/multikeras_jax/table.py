"""The table that the files of `ops/` fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.backend import OpTable
from multikeras.dtypes import lattice
from multikeras_jax.compiled import compiled_body


class JaxTable(OpTable):
    """Runs composites without an implementation of their own as one compiled function each."""

    def __init__(self, backend: str, numbers: frozenset[str]) -> None:
        super().__init__(backend, numbers=numbers)
        self._bodies: dict[str, Callable] = {}

    def resolve(self, op: Any, lifted: bool = False) -> Callable:
        """See `OpTable.resolve`."""
        function = super().resolve(op, lifted)
        if function is not op.body or not op.tensor_parameters:
            return function
        return self._compiled(op)

    def compiled_composite(self, function: Any) -> Callable:
        """As `composite`, compiled as a whole: for an op whose arguments are tensors and plain values."""
        return self._compiled(function.op)

    def _compiled(self, op: Any) -> Callable:
        found = self._bodies.get(op.name)
        if found is None:
            found = self._bodies[op.name] = compiled_body(op)
        return found


table = JaxTable("jax", numbers=lattice.INTEGERS | {"bfloat16", "float16", "float32", "float64"})
