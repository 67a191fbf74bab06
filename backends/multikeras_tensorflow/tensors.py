"""TensorFlow's tensors, eager and in graphs, by the contract's names."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras.backend import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError
from multikeras_tensorflow.widened import COMPLEX, to

types = (tf.Tensor, tf.Variable)

# Gradients of what was gathered come as rows and their places. Ops take them for the tensor that they are part of.
tf.IndexedSlices.__multikeras_tensor__ = tf.convert_to_tensor  # type: ignore[attr-defined]

_TO_TF = {name: tf.as_dtype(lattice.numpy_dtype(name)) for name in lattice.ALL}
_NAMES = {dtype: name for name, dtype in _TO_TF.items()}
# In the machine's order of bytes.
_SAME = frozenset(lattice.numpy_dtype(name) for name in lattice.ALL)


def native_dtype(dtype: str) -> tf.DType:
    """TensorFlow's dtype object.

    Raises:
        DTypeError: TensorFlow has none.
    """
    try:
        return _TO_TF[dtype]
    except KeyError:
        raise DTypeError("The tensorflow backend has no such dtype.", received=dtype) from None


def from_numpy(array: np.ndarray) -> tf.Tensor:
    """A tensor with a copy of the array's values."""
    return tf.constant(held_on_host(array))


def held_on_host(array: np.ndarray) -> np.ndarray:
    """The array as `from_numpy` copies it.

    Raises:
        DTypeError: TensorFlow has no such dtype.
    """
    if array.dtype in _SAME:
        return array
    if array.dtype.name not in _TO_TF:
        raise DTypeError("The tensorflow backend has no such dtype.", received=str(array.dtype))
    return array.astype(array.dtype.newbyteorder("="))


def to_numpy(x: Any) -> np.ndarray:
    """The values on the host."""
    return np.asarray(x.numpy())


def spec_of(x: Any) -> Spec:
    """Shape and dtype name; `None` for sizes that are unknown inside a graph.

    Raises:
        DTypeError: The number of axes itself is unknown.
    """
    shape = x.shape
    if shape.rank is None:
        raise DTypeError("A tensor has a known number of axes.", received=repr(x), hint="tf.ensure_shape(x, ...)")
    return Spec(tuple(shape.as_list()), _NAMES[x.dtype])


def dynamic_shape(x: Any) -> Any:
    """The sizes as an int32 tensor, known when the graph runs."""
    return tf.shape(x)


def cast(x: Any, dtype: str) -> Any:
    """`x` with another dtype; of complex numbers that become real the real part."""
    native = _TO_TF[dtype]
    if x.dtype is native:
        return tf.convert_to_tensor(x) if isinstance(x, tf.Variable) else x
    if x.dtype in COMPLEX and native not in COMPLEX and native is not tf.bool:
        x = tf.math.real(x)
    return to(x, native)


def copy(x: Any) -> tf.Tensor:
    """A tensor of its own."""
    return tf.identity(x)


def to_dlpack(x: Any) -> Any:
    """The tensor, which has `__dlpack__`."""
    return tf.convert_to_tensor(x)


def from_dlpack(x: Any) -> tf.Tensor:
    """A tensor that shares memory with `x`."""
    return tf.experimental.dlpack.from_dlpack(x.__dlpack__())
