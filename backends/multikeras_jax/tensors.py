"""JAX arrays, and the tracers that stand for them, by the contract's names."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from multikeras.backend import Spec
from multikeras.dtypes.lattice import numpy_dtype
from multikeras.errors import DTypeError

types = (jax.Array, Tracer)

_LONG = {"float64", "complex128", "int64", "uint64"}
_SHORT_INTEGERS = {"int64": np.int32, "uint64": np.uint32}
# What needs no change on its way to the device.
_SAME = frozenset(np.dtype(name) for name in ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"))


def _check(dtype: str) -> None:
    if dtype in _LONG and not jax.config.read("jax_enable_x64"):
        raise DTypeError(
            "JAX holds 64-bit dtypes once they are enabled.",
            received=dtype,
            hint="jax.config.update('jax_enable_x64', True) before anything else",
        )


def native_dtype(dtype: str) -> np.dtype:
    """NumPy's dtype object, which is JAX's.

    Raises:
        DTypeError: It is a 64-bit one, and those are not enabled.
    """
    _check(dtype)
    return numpy_dtype(dtype)


def from_numpy(array: np.ndarray) -> jax.Array:
    """An array on the default device.

    64-bit integers whose values fit become 32-bit ones where JAX has no others: no value changes. Floats are not
    narrowed.

    Raises:
        DTypeError: A 64-bit dtype, not enabled, or a dtype that JAX has not.
    """
    held = held_on_host(array)
    try:
        return _on_device(held)
    except TypeError as error:
        raise DTypeError("The jax backend has no such dtype.", received=str(array.dtype)) from error


def held_on_host(array: np.ndarray) -> np.ndarray:
    """The array in the dtype that it has on the device; see `from_numpy`."""
    if array.dtype in _SAME:
        return array
    name = array.dtype.name
    if name in _SHORT_INTEGERS and not jax.config.read("jax_enable_x64"):
        short = np.iinfo(_SHORT_INTEGERS[name])
        if array.size == 0 or (array.min() >= short.min and array.max() <= short.max):
            return array.astype(short.dtype)
    _check(name)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


# How often arrays of a shape and dtype were transferred so far, up to where it pays to compile the transfer.
_transfers: dict[tuple[tuple[int, ...], np.dtype], int] = {}
_OFTEN = 32


def _on_device(array: np.ndarray) -> jax.Array:
    """A copy on the device.

    `jnp.asarray` compiles a program for each shape and dtype, in 20 ms, which then takes 20 µs; `device_put` compiles
    nothing, takes 35 µs, and may share the memory it is given.
    """
    kind = (array.shape, array.dtype)
    count = _transfers.get(kind, 0)
    if count == _OFTEN:
        return jnp.asarray(array)
    _transfers[kind] = count + 1
    return jax.device_put(array.copy())


def to_numpy(x: Any) -> np.ndarray:
    """The values on the host."""
    return np.asarray(x)


def to_numpy_together(tensors: list[Any]) -> list[np.ndarray]:
    """The values of each: all transfers are under way before the first is waited for."""
    return jax.device_get(tensors)


def spec_of(x: Any) -> Spec:
    """Shape and dtype name."""
    return Spec(x.shape, x.dtype.name)


def cast(x: Any, dtype: str) -> Any:
    """`x` with another dtype."""
    native = native_dtype(dtype)
    if x.dtype == native:
        return x
    if native.kind == "b":
        return x != 0
    if x.dtype.kind == "c" and native.kind != "c":
        x = jnp.real(x)
    return jax.lax.convert_element_type(x, native)


def copy(x: Any) -> jax.Array:
    """An array of its own."""
    return jnp.array(x, copy=True)


def to_dlpack(x: Any) -> Any:
    """The array, which has `__dlpack__`."""
    return x


def from_dlpack(x: Any) -> jax.Array:
    """An array that shares memory with `x`."""
    return jnp.from_dlpack(x)
