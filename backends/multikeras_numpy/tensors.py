"""NumPy arrays as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend import Spec
from multikeras.dtypes.lattice import numpy_dtype

types = (np.ndarray, np.generic)


def from_numpy(array: np.ndarray) -> np.ndarray:
    """The array itself."""
    return array


def to_numpy(x: Any) -> np.ndarray:
    """The array itself."""
    return np.asarray(x)


def spec_of(x: Any) -> Spec:
    """Shape and dtype name."""
    return Spec(x.shape, x.dtype.name)


def cast(x: Any, dtype: str) -> Any:
    """`x` with another dtype; complex numbers lose their imaginary part."""
    if x.dtype.kind == "c" and dtype not in ("bool", "complex64", "complex128"):
        x = x.real
    return x.astype(numpy_dtype(dtype), copy=False)


def copy(x: Any) -> np.ndarray:
    """An array of its own."""
    return np.array(x)


def native_dtype(dtype: str) -> np.dtype:
    """NumPy's dtype object."""
    return numpy_dtype(dtype)


def to_dlpack(x: Any) -> Any:
    """The array, which has `__dlpack__`."""
    return np.asarray(x)


def from_dlpack(x: Any) -> np.ndarray:
    """An array that shares memory with `x`."""
    return np.from_dlpack(x)
