"""Tensors: NumPy arrays and, where a gradient is being taken, the boxes that Autograd puts around them."""

from typing import Any

import ml_dtypes
import numpy as np
from autograd.core import VSpace
from autograd.extend import defvjp, primitive
from autograd.numpy import iscomplexobj, real
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.numpy.numpy_vspaces import ArrayVSpace
from autograd.tracer import getval

from multikeras.backend import Spec
from multikeras.dtypes.lattice import numpy_dtype


class Box(ArrayBox):
    """Autograd's box, and one that takes weak references: core remembers masks by them."""

    __slots__ = ("__weakref__",)


types = (np.ndarray, np.generic, Box)

# Sums over all axes are scalars, of which Autograd does not know those that are not NumPy's own.
_scalars = (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2)
for _type in (np.ndarray, np.float16, np.float32, np.float64, np.complex64, np.complex128, *_scalars):
    Box.register(_type)
for _type in _scalars:
    VSpace.register(_type, ArrayVSpace)


def from_numpy(array: np.ndarray) -> np.ndarray:
    """The array itself."""
    return array


def to_numpy(x: Any) -> np.ndarray:
    """The array in the box."""
    return np.asarray(getval(x))


def spec_of(x: Any) -> Spec:
    """Shape and dtype name."""
    return Spec(x.shape, x.dtype.name)


@primitive
def _converted(x: Any, dtype: np.dtype) -> Any:
    return np.asarray(x).astype(dtype)


defvjp(_converted, lambda result, x, dtype: lambda g: cast(g, x.dtype.name))


def cast(x: Any, dtype: str) -> Any:
    """`x` with another dtype; complex numbers lose their imaginary part."""
    wanted = numpy_dtype(dtype)
    if x.dtype == wanted:
        return x
    if wanted.kind in "biu":
        # Integers have no gradient.
        x = getval(x)
    return _converted(real(x) if iscomplexobj(x) and wanted.kind not in "bc" else x, wanted)


def copy(x: Any) -> Any:
    """An array of its own."""
    return _converted(x, x.dtype)


native_dtype = numpy_dtype
# An array has `__dlpack__`.
to_dlpack = to_numpy
from_dlpack = np.from_dlpack
