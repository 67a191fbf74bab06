"""Torch tensors by the contract's names."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import torch

from multikeras.backend import Spec
from multikeras.dtypes.lattice import standardize
from multikeras.errors import DTypeError
from multikeras.ops._values import host_spec
from multikeras.state.masks import TRACED_BY
from multikeras_torch.devices import current
from multikeras_torch.tracing import constant

types = (torch.Tensor,)

_TO_TORCH: dict[str, torch.dtype] = {
    name: getattr(torch, name)
    for name in (
        *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
        *("float8_e4m3fn", "float8_e5m2", "bfloat16", "float16", "float32", "float64", "complex64", "complex128"),
    )
}
_NAMES = {dtype: name for name, dtype in _TO_TORCH.items()}

# Dtypes that only ml_dtypes gives to NumPy pass through as integers of their width.
_CARRIERS = {"bfloat16": np.int16, "float8_e4m3fn": np.uint8, "float8_e5m2": np.uint8}
# The others torch takes as they are, if the bytes are in the machine's order.
_SHARED = frozenset(np.dtype(name) for name in _TO_TORCH if name not in _CARRIERS)

# Dynamo does not follow NumPy into dtypes: in a trace what is made of lists of numbers is a constant.
constant(host_spec)
# Nor does it follow weak references, by which masks are kept otherwise.
TRACED_BY.append(torch.compiler.is_compiling)


def native_dtype(dtype: str) -> torch.dtype:
    """Torch's dtype object.

    Raises:
        DTypeError: Torch has none.
    """
    try:
        return _TO_TORCH[dtype]
    except KeyError:
        raise DTypeError("The torch backend has no such dtype.", received=dtype) from None


def name_of(dtype: torch.dtype) -> str:
    """The name of torch's dtype object."""
    return _NAMES[dtype]


def from_numpy(array: np.ndarray) -> torch.Tensor:
    """A tensor with the array's values, sharing its memory where torch can."""
    if torch.compiler.is_compiling():
        # Dynamo follows NumPy, but not into its dtypes.
        return torch.as_tensor(array, device=current.device)
    if array.dtype in _SHARED and array.flags.writeable:
        try:
            tensor = torch.from_numpy(array)
        except (TypeError, ValueError):
            pass  # a scalar, or negative strides
        else:
            device = current.device
            return tensor if device.type == "cpu" else tensor.to(device)
    name = array.dtype.name
    if name not in _TO_TORCH:
        raise DTypeError("The torch backend has no such dtype.", received=str(array.dtype))
    array = np.asarray(array)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    carrier = _CARRIERS.get(name)
    if carrier is not None:
        array = array.view(carrier)
    if not array.flags.writeable or any(s < 0 for s in array.strides):
        array = array.copy()
    tensor = torch.from_numpy(array)
    if carrier is not None:
        tensor = tensor.view(_TO_TORCH[name])
    device = current.device
    return tensor if device.type == "cpu" else tensor.to(device)


def dtype_of_array(array: np.ndarray) -> str:
    """The dtype name of a NumPy array, which in a trace is a tensor in disguise."""
    if torch.compiler.is_compiling():
        return _NAMES[torch.as_tensor(array).dtype]
    return standardize(array.dtype)


def to_numpy(x: torch.Tensor) -> np.ndarray:
    """The values on the host."""
    name = _NAMES[x.dtype]
    if name in _CARRIERS:
        x = x.detach().contiguous().view(torch.int16 if name == "bfloat16" else torch.uint8)
        return x.numpy(force=True).view(getattr(ml_dtypes, name))
    return x.numpy(force=True)


def spec_of(x: torch.Tensor) -> Spec:
    """Shape and dtype name."""
    return Spec(tuple(x.shape), _NAMES[x.dtype])


def cast(x: torch.Tensor, dtype: str) -> torch.Tensor:
    """`x` with another dtype; of complex numbers that become real the real part."""
    native = _TO_TORCH[dtype]
    if x.dtype is native:
        return x
    if x.is_complex() and not native.is_complex and native is not torch.bool:
        x = x.real
    return x.to(native)


def copy(x: torch.Tensor) -> torch.Tensor:
    """A tensor of its own."""
    return x.detach().clone()


def to_dlpack(x: torch.Tensor) -> Any:
    """The tensor, which has `__dlpack__`."""
    return x.detach()


def from_dlpack(x: Any) -> torch.Tensor:
    """A tensor that shares memory with `x`."""
    return torch.from_dlpack(x)
