"""What ops take for a tensor: its spec, and how it becomes native."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.ops._owners import HOST_TYPES, owner_of, owners
from multikeras.state.variable import Variable

# Kinds of host arrays that hold objects, texts, bytes and times. The numbers of ml_dtypes are of kind "V".
_NO_NUMBERS = "OSUmM"


def cast_dtype(cast: str, names: set[str]) -> str:
    """The dtype that a rule's `cast` gives arguments of these dtypes, some of which may be weak."""
    common = lattice.weak_join(names)
    if cast == "float":
        return lattice.to_float(common)
    if cast == "number" and common == "bool":
        return "int32"
    return lattice.strong(common)


_PYTHON_NUMBERS = frozenset({int, float, bool, complex})
_MADE_OF_NUMBERS = _PYTHON_NUMBERS | {list, tuple}
_WIDE = frozenset({"int64", "uint64", "float64", "complex128"})


def argument_spec(x: Any, backend: Backend | None) -> Spec:
    """The spec of anything that an op takes for a tensor; weak dtypes for Python numbers."""
    if type(x) is Spec:
        return x
    if isinstance(x, KerasTensor):
        return Spec(x.shape, x.dtype)
    kind = type(x)
    if kind is float:
        return Spec((), "float")
    if kind is bool:
        return Spec((), "bool")
    if kind is int:
        return Spec((), "int")
    if kind is complex:
        return Spec((), "complex")
    if isinstance(x, HOST_TYPES):
        dtype_of = None if backend is None else getattr(backend.tensors, "dtype_of_array", None)
        return Spec(x.shape, lattice.standardize(x.dtype) if dtype_of is None else dtype_of(x))
    owner = owners.get(kind) or owner_of(kind)
    if owner is not None:
        return owner.tensors.spec_of(x)
    if isinstance(x, Variable):
        return Spec(x.shape, x.dtype)
    return Spec(*host_spec(x))


def host_spec(x: Any) -> tuple[tuple[int, ...], str]:
    """Shape and dtype of what is no tensor yet, as a plain tuple."""
    array = host_array(x)
    return array.shape, array.dtype.name


def on_host(x: Any) -> np.ndarray:
    owner = owner_of(type(x))
    return host_array(x) if owner is None else owner.tensors.to_numpy(x)


def host_array(x: Any) -> np.ndarray:
    """A NumPy array of anything that is not a tensor yet: numbers, nested lists, objects with `__array__`.

    Python numbers become int32 and floatx, as in Keras; integers beyond int32 become int64.
    """
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, (list, tuple)):
        x = _host_leaf(x)
    try:
        array = np.asarray(x)
    except (ValueError, TypeError) as error:
        raise ArgumentError("A tensor is made of numbers in a regular nesting.", received=describe_value(x)) from error
    if isinstance(x, np.generic) or hasattr(x, "__array__"):
        return array
    if array.dtype == np.int64:
        if array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31):
            array = array.astype(np.int32)
    elif array.dtype == np.float64 and not _has_float64(x):
        array = array.astype(lattice.numpy_dtype(lattice.strong("float")))
    elif array.dtype == np.complex128:
        array = array.astype(lattice.strong("complex"))
    elif array.dtype.kind in _NO_NUMBERS:
        raise ArgumentError("A tensor is made of numbers in a regular nesting.", received=describe_value(x))
    return array


def joined(x: Any) -> Any:
    """A nested list that has tensors or variables among its entries as a tensor, through which gradients reach them;
    the list itself where it has none."""
    if not _has_tensors(x):
        return x
    from multikeras import ops

    return ops.stack([joined(e) if isinstance(e, (list, tuple)) else e for e in x])


def _has_tensors(x: Any) -> bool:
    if _PYTHON_NUMBERS.issuperset(map(type, x)):
        return False
    kinds = set(map(type, x))
    if any(issubclass(kind, (Variable, KerasTensor)) or owner_of(kind) is not None for kind in kinds):
        return True
    return any(isinstance(e, (list, tuple)) and _has_tensors(e) for e in x)


def _host_leaf(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        if _PYTHON_NUMBERS.issuperset(map(type, x)):
            return x
        return [_host_leaf(e) for e in x]
    if isinstance(x, Variable):
        return x.numpy()
    owner = owner_of(type(x))
    return owner.tensors.to_numpy(x) if owner is not None else x


def _has_float64(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return not _PYTHON_NUMBERS.issuperset(map(type, x)) and any(_has_float64(e) for e in x)
    return isinstance(x, HOST_TYPES) and x.dtype == np.float64


def native(x: Any, spec: Spec, target: str | None, tensors: Any) -> Any:
    kind = type(x)
    if kind in (int, float, bool, complex):
        dtype = target or lattice.strong(spec.dtype)
        try:
            return tensors.from_numpy(np.asarray(x, lattice.numpy_dtype(dtype)))
        except OverflowError as error:
            raise ArgumentError("A Python number fits the dtype it meets.", received=f"{x!r} as {dtype}") from error
    if isinstance(x, HOST_TYPES) and not (spec.shape == () and isinstance(x, tensors.types)):
        if target is not None and spec.dtype != target:
            x = np.asarray(x).astype(lattice.numpy_dtype(target))
        return x if isinstance(x, tensors.types) else tensors.from_numpy(np.asarray(x))
    if not isinstance(x, tensors.types):
        if target is None or spec.dtype == target:
            return tensors.from_numpy(np.asarray(_host_leaf(x), lattice.numpy_dtype(spec.dtype)))
        # Not by way of the dtype that they would have by themselves, which may hold fewer digits than the target.
        array = np.asarray(_host_leaf(x), lattice.numpy_dtype(_widest(spec.dtype)))
        return tensors.from_numpy(array.astype(lattice.numpy_dtype(target)))
    if target is not None and spec.dtype != target:
        return tensors.cast(x, target)
    return x


def asked_in_full(x: Any, spec: Spec, asked: Any, tensors: Any) -> str | None:
    """The dtype in which Python numbers are made where a result of 64 bits is asked for; `None` for the usual one.

    Args:
        x: Anything that an op takes for a tensor.
        spec: Its spec.
        asked: The result's dtype.
        tensors: Those of the backend.
    """
    if asked is None or type(x) not in _MADE_OF_NUMBERS or lattice.standardize(asked) not in _WIDE:
        return None
    try:
        tensors.native_dtype(lattice.standardize(asked))
    except DTypeError:
        # The op itself refuses it.
        return None
    return _widest(spec.dtype)


def _widest(dtype: str) -> str:
    """The dtype of 64 bits to a part that holds what a dtype does, which may be weak; bool for bool."""
    dtype = lattice.strong(dtype)
    if lattice.is_complex(dtype):
        return "complex128"
    if lattice.is_float(dtype):
        return "float64"
    return dtype if dtype in ("bool", "uint64") else "int64"


def filling(value: Any, dtype: Any) -> np.ndarray:
    """A value to fill with, as a host array of a NumPy dtype.

    Raises:
        OverflowError, ValueError: It is a Python number that the integer dtype does not hold.
    """
    dtype = np.dtype(dtype)
    if type(value) is float and dtype.kind in "iu":
        value = int(value)
    return np.asarray(value, dtype) if type(value) is int else np.asarray(value).astype(dtype)


def describe_value(x: Any) -> str:
    """A value as error messages show it: tensors by dtype and shape."""
    if isinstance(x, (list, tuple)) and x and not all(isinstance(e, (int, float, str, type(None))) for e in x):
        inner = ", ".join(describe_value(e) for e in x)
        return f"[{inner}]" if isinstance(x, list) else f"({inner})"
    if isinstance(x, (Spec, KerasTensor, Variable, *HOST_TYPES)) or owner_of(type(x)) is not None:
        return str(argument_spec(x, None))
    text = repr(x)
    return text if len(text) <= 120 else text[:117] + "..."
