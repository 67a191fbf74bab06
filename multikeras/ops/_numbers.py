"""Python numbers beside tensors: `x * 2.0` without making a tensor of the 2.0.

Where a backend's implementations take Python numbers as they are, adopting the dtype of the tensor that they meet (see
`OpTable.numbers`), the number is handed on, and a call with numbers in the same places has a fast path of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multikeras.backend.select import selection
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError

if TYPE_CHECKING:
    from multikeras.backend.contract import Backend
    from multikeras.ops._op import Op

# Integers up to here fit every integer dtype; whether others do depends on the dtype.
_FITS = 128
# Integers up to here are floats of every dtype without overflow, and C integers.
_FLOATS = 2**15


def takes_numbers(op: Op, backend: Backend, values: Sequence[Any]) -> bool:
    """Whether the Python numbers among the arguments of a call may be handed to the native implementation."""
    table = backend.ops
    if op.cast is None or not table.numbers or op.name in table.tensors_only or op.name not in table.native:
        return False
    for p in op.cast_parameters:
        value = values[p.position]
        if not p.many and value is not None and type(value) is not float and type(value) is not int:
            return True
    return False


def stays(number: Any, dtype: str, backend: Backend) -> bool:
    """Whether a leaf is a Python number that means the same as it is among tensors of `dtype`."""
    if type(number) is float:
        return dtype in lattice.FLOATS and dtype in backend.ops.numbers
    if type(number) is not int or dtype not in backend.ops.numbers:
        return False
    return 0 <= number < _FITS if dtype in lattice.INTEGERS else -_FLOATS < number < _FLOATS


def fast_entry(op: Op, arguments: Sequence[Any], backend: Backend, implementation: Callable) -> Callable | None:
    """The fast path of calls whose arguments have these types: tensors of `backend` and Python numbers.

    Args:
        op: The op.
        arguments: Every argument of a call.
        backend: The backend of its tensors.
        implementation: The backend's.

    Returns:
        A function called with every argument; `None` where the types are others.
    """
    numbers: list[int] = []
    tensors: list[int] = []
    for p in op.tensor_parameters:
        value = arguments[p.position]
        if value is None:
            continue
        if type(value) is float or type(value) is int:
            if p not in op.cast_parameters:
                return None
            numbers.append(p.position)
        elif not isinstance(value, backend.tensors.types):
            return None
        elif p in op.cast_parameters:
            tensors.append(p.position)
    if not tensors:
        return None
    first, others = tensors[0], tensors[1:]
    floats = _native_dtypes(backend, lattice.FLOATS)
    whole = op.cast != "float" and all(type(arguments[i]) is int for i in numbers)
    integers = _native_dtypes(backend, lattice.INTEGERS) if whole else frozenset()
    # Host arrays belong to whatever backend is current.
    host = isinstance(arguments[first], (np.ndarray, np.generic))
    slow = op.slow

    def run(*values: Any) -> Any:
        if host and selection.backend is not backend:
            return slow(*values)
        dtype = values[first].dtype
        for i in others:
            if values[i].dtype is not dtype:
                return slow(*values)
        if dtype in floats:
            for i in numbers:
                if type(values[i]) is int and not -_FLOATS < values[i] < _FLOATS:
                    return slow(*values)
        elif dtype in integers:
            for i in numbers:
                if not 0 <= values[i] < _FITS:
                    return slow(*values)
        else:
            return slow(*values)
        try:
            return implementation(*values)
        except Exception as error:
            raise op.translate(error, values, backend) from error

    return run


def _native_dtypes(backend: Backend, names: frozenset[str]) -> frozenset[Any]:
    found = set()
    for name in names & backend.ops.numbers:
        try:
            found.add(backend.tensors.native_dtype(name))
        except MultikerasError:
            continue
    return frozenset(found)
