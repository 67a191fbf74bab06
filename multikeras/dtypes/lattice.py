"""The one promotion lattice, the same on every backend.

It is JAX's (JEP 9407, "Design of type promotion semantics for JAX", 2021): Python numbers are weak and adopt the dtype
of the tensor they meet; among tensors the result is the least dtype above all of them. Unlike Keras's it does not map
64-bit dtypes to 32-bit ones: what is asked for is what results.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from multikeras import config
from multikeras.errors import DTypeError

# Each dtype and the ones directly above it. "int" and "float" are the dtypes of Python numbers.
_ABOVE: dict[str, tuple[str, ...]] = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("uint16", "int16"),
    "uint16": ("uint32", "int32"),
    "uint32": ("uint64", "int64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("float8_e4m3fn", "float8_e5m2", "bfloat16", "float16", "complex"),
    "float8_e4m3fn": (),
    "float8_e5m2": (),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}

BOOL = frozenset({"bool"})
INTEGERS = frozenset({"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"})
FLOATS = frozenset({"float8_e4m3fn", "float8_e5m2", "bfloat16", "float16", "float32", "float64"})
COMPLEX = frozenset({"complex64", "complex128"})
ALL = tuple(name for name in _ABOVE if name not in ("int", "float", "complex"))

_PYTHON = {bool: "bool", int: "int", float: "float", complex: "complex"}


def _upper_set(name: str) -> frozenset[str]:
    found = {name}
    pending = [name]
    while pending:
        for above in _ABOVE[pending.pop()]:
            if above not in found:
                found.add(above)
                pending.append(above)
    return frozenset(found)


_UPPER = {name: _upper_set(name) for name in _ABOVE}


# Caches are plain dicts here: `torch.compile` sees through them, but not through functools's.
_joined: dict[frozenset[str], str] = {}
# A table for each type: compilers that follow Python code can't hash the dtypes of other frameworks. That of names is
# there from the start, since what a trace adds to a table has it traced again.
_standardized: dict[type, dict[Any, str]] = {str: {name: name for name in ALL}}


def _join(names: frozenset[str]) -> str:
    candidates = frozenset.intersection(*(_UPPER[name] for name in names))
    for name in candidates:
        if candidates <= _UPPER[name]:
            return name
    raise DTypeError(
        "These dtypes have no common dtype.",
        received=", ".join(sorted(names)),
        hint="ops.cast one of them first",
    )


def weak_join(names: Any) -> str:
    """The least dtype name above all of them; may be `"int"`, `"float"` or `"complex"`."""
    key = frozenset(names)
    found = _joined.get(key)
    if found is None:
        found = _joined[key] = _join(key)
    return found


def strong(name: str) -> str:
    """The dtype that a weak name stands for when it met no tensor."""
    if name == "int":
        return "int32"
    if name == "float":
        return config.floatx()
    if name == "complex":
        return "complex128" if config.floatx() == "float64" else "complex64"
    return name


def to_float(name: str) -> str:
    """The dtype of a function whose results are not integers: floats and complex stay, the rest becomes floatx."""
    if name in FLOATS or name in COMPLEX:
        return name
    return strong("complex") if name == "complex" else config.floatx()


def _standardize(dtype: Any) -> str:
    if isinstance(dtype, str):
        name = dtype
    elif dtype in _PYTHON:
        name = strong(_PYTHON[dtype])
    else:
        name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
        if not isinstance(name, str):
            # Frameworks that print their dtypes as "module.name".
            name = str(dtype).rpartition(".")[2]
    name = {"bool_": "bool", "int": "int32", "float8_e4m3": "float8_e4m3fn"}.get(name, name)
    if name == "float":
        name = config.floatx()
    if (name in _ABOVE and name != "complex") or name == "string":
        return name
    try:
        name = np.dtype(dtype).name
    except TypeError:
        pass
    if name in _ABOVE:
        return name
    raise DTypeError(
        "A dtype is one of the names that multikeras knows.",
        received=repr(dtype),
        hint=f"one of {', '.join(ALL)}",
    )


def standardize(dtype: Any) -> str:
    """The name of a dtype given as a name, a Python type, a NumPy dtype or a framework's own; `None` is floatx.

    Raises:
        DTypeError: Not a dtype.

    ```python
    >>> standardize(np.float64), standardize(int), standardize(None)
    ('float64', 'int32', 'float32')

    ```
    """
    if dtype is None or dtype is float:
        return config.floatx()
    try:
        table = _standardized.get(type(dtype))
        found = None if table is None else table.get(dtype)
        if found is None:
            found = _standardize(dtype)
            # Names that depend on floatx are not kept.
            if not (isinstance(dtype, str) and dtype == "float"):
                if table is None:
                    table = _standardized[type(dtype)] = {}
                table[dtype] = found
        return found
    except TypeError as error:
        if isinstance(error, DTypeError):
            raise
        raise DTypeError("A dtype is a name or a type.", received=repr(dtype), hint="'float32'") from error


def result_type(*dtypes: Any) -> str:
    """The dtype of an operation on operands of these dtypes; Python's `int` and `float` are weak.

    Raises:
        DTypeError: They have no common dtype.

    ```python
    >>> result_type("int32", float), result_type("bfloat16", "float16"), result_type("int64", int)
    ('float32', 'float32', 'int64')

    ```
    """
    if not dtypes:
        return config.floatx()
    names = {_PYTHON.get(d) or standardize(d) if isinstance(d, type) else standardize(d) for d in dtypes}
    return strong(weak_join(names))


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of a dtype name; ml_dtypes supplies those that NumPy lacks."""
    return _NUMPY[name]


_NUMPY = {name: np.dtype(getattr(ml_dtypes, name, None) or name) for name in ALL} | {
    "int": np.dtype("int32"),
    "float": np.dtype("float32"),
}


def is_float(name: str) -> bool:
    """Whether a dtype name is a real float's."""
    return name in FLOATS or name == "float"


def is_complex(name: str) -> bool:
    """Whether a dtype name is that of complex numbers."""
    return name in COMPLEX or name == "complex"


def is_integer(name: str) -> bool:
    """Whether a dtype name is an integer's; bool is none."""
    return name in INTEGERS or name == "int"
