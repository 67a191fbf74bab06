"""NumPy arrays as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend import Spec
from multikeras.dtypes.lattice import numpy_dtype
from multikeras_numpy.autodiff.recording import differentiable
from multikeras_numpy.autodiff.traced import Traced, untraced

types = (np.ndarray, np.generic, Traced)


def from_numpy(array: np.ndarray) -> np.ndarray:
    """The array itself."""
    return array


def to_numpy(x: Any) -> np.ndarray:
    """The array itself."""
    return np.asarray(untraced(x))


def spec_of(x: Any) -> Spec:
    """Shape and dtype name."""
    return Spec(x.shape, x.dtype.name)


def cast(x: Any, dtype: str) -> Any:
    """`x` with another dtype; complex numbers lose their imaginary part."""
    if type(x) is Traced:
        return x if x.dtype.name == dtype else _traced_cast(x, dtype)
    if x.dtype.kind == "c" and dtype not in ("bool", "complex64", "complex128"):
        x = x.real
    return x.astype(numpy_dtype(dtype), copy=False)


_traced_cast = differentiable([0], needs="nothing")(cast)
_traced_cast.pulls[0] = lambda g, _, x, dtype: cast(g, x.dtype.name)


def copy(x: Any) -> Any:
    """An array of its own."""
    if type(x) is Traced:
        return Traced(copy(x.value), x.node, x.level)
    return np.array(x)


def native_dtype(dtype: str) -> np.dtype:
    """NumPy's dtype object."""
    return numpy_dtype(dtype)


def to_dlpack(x: Any) -> Any:
    """The array, which has `__dlpack__`."""
    return np.asarray(untraced(x))


def from_dlpack(x: Any) -> np.ndarray:
    """An array that shares memory with `x`."""
    return np.from_dlpack(x)
