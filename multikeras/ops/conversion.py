"""Between tensors and the rest of the world: conversion, dtype, shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.backend.select import current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._owners import owner_of, owners
from multikeras.ops._samples import case, draw
from multikeras.ops._types import DType, Tensor
from multikeras.ops._values import argument_spec, joined, native
from multikeras.state.variable import Variable


def convert_to_tensor(x: Any, dtype: DType = None, sparse: bool | None = None, ragged: bool | None = None) -> Tensor:
    """A tensor of the current backend with the values of `x`.

    Args:
        x: A tensor, variable, NumPy array, number or nested list. A tensor of another backend is copied over.
        dtype: The result's dtype. By default that of `x`; int32 and floatx for Python numbers.
        sparse: Whether sparse tensors stay sparse; backends without them take dense ones alone.
        ragged: Likewise for ragged ones.

    Returns:
        A native tensor; a symbolic one for a symbolic `x`.

    Raises:
        ArgumentError: `x` is not made of numbers in a regular nesting.
        DTypeError: The backend can't hold the dtype.

    ```python
    >>> convert_to_tensor([1, 2]).dtype.name, convert_to_tensor(1.5).dtype.name
    ('int32', 'float32')

    ```
    """
    if dtype is None and owners.get(type(x)) is current():
        return x
    if isinstance(x, Variable):
        x = x.value
    elif type(x) is list or type(x) is tuple:
        x = joined(x)
    if isinstance(x, KerasTensor):
        return x if dtype is None or lattice.standardize(dtype) == x.dtype else cast(x, dtype)
    backend = current()
    target = None if dtype is None else lattice.standardize(dtype)
    tensors = backend.tensors
    if isinstance(x, tensors.types) and target is None and not isinstance(x, np.generic):
        return x
    owner = owner_of(type(x))
    if owner is not None and owner is not backend:
        x = owner.tensors.to_numpy(x)
    if hasattr(x, "__multikeras_tensor__"):
        x = x.__multikeras_tensor__()  # type: ignore[union-attr]
    if isinstance(x, np.generic):
        x = np.asarray(x)
    if target is not None:
        # What is asked for is held, or refused: only dtypes that nobody asked for are narrowed.
        tensors.native_dtype(target)
    return native(x, argument_spec(x, backend), target, tensors)


def convert_to_numpy(x: Any) -> np.ndarray:
    """The values of a tensor of any backend as a NumPy array.

    Args:
        x: A tensor, variable, array, number or nested list.

    ```python
    >>> convert_to_numpy(convert_to_tensor([1.0, 2.0]))
    array([1., 2.], dtype=float32)

    ```
    """
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, Variable):
        return x.numpy()
    owner = owner_of(type(x))
    if owner is not None:
        return owner.tensors.to_numpy(x)
    return current().tensors.to_numpy(convert_to_tensor(x))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a native tensor of a backend that is in use.

    ```python
    >>> is_tensor(convert_to_tensor(1.0)), is_tensor(1.0)
    (True, False)

    ```
    """
    return owner_of(type(x)) is not None or isinstance(x, current().tensors.types)


def dtype(x: Any) -> str:
    """The name of the dtype of a tensor, variable or array."""
    spec = argument_spec(x, None)
    return lattice.strong(spec.dtype)


def shape(x: Any) -> tuple[Any, ...]:
    """The shape of a tensor.

    Args:
        x: A tensor, of any dtype.

    Returns:
        A tuple of ints. Where a size is unknown: `None` for symbolic tensors, a scalar int32 tensor inside compiled
        steps of backends with unknown sizes.

    ```python
    >>> shape(convert_to_tensor([[1.0, 2.0]]))
    (1, 2)

    ```
    """
    if isinstance(x, (KerasTensor, Variable, np.ndarray, np.generic)):
        return tuple(x.shape)
    owner = owner_of(type(x))
    if owner is not None:
        sizes = owner.tensors.spec_of(x).shape
        if None in sizes:
            dynamic = owner.tensors.dynamic_shape(x)  # type: ignore[attr-defined] - under UNKNOWN_SHAPES
            return tuple(dynamic[i] if s is None else s for i, s in enumerate(sizes))
        return sizes
    return argument_spec(x, None).shape


def size(x: Any) -> Any:
    """The number of entries of a tensor.

    Args:
        x: A tensor, variable, array, number or nested list.

    Returns:
        An int. Where a size is unknown: `None` for symbolic tensors, a scalar int32 tensor inside compiled steps of
        backends with unknown sizes.

    ```python
    >>> size([[1, 2, 3]])
    3

    ```
    """
    total = rules.size_of(argument_spec(x, None).shape)
    if total is None and not isinstance(x, KerasTensor):
        total = math.prod(shape(x))
    return total


def ndim(x: Any) -> int:
    """The number of axes of a tensor."""
    return len(argument_spec(x, None).shape)


@rules.rule(made_in="dtype")
def _cast_rule(x: Spec, dtype: Any) -> Spec:
    return Spec(x.shape, lattice.standardize(dtype))


def _cast_reference(x: np.ndarray, dtype: Any) -> np.ndarray:
    name = lattice.standardize(dtype)
    real = x.dtype.kind == "c" and name != "bool" and name not in lattice.COMPLEX
    return (np.real(x) if real else x).astype(lattice.numpy_dtype(name))


@composite(
    infer=_cast_rule,
    reference=_cast_reference,
    cases=[
        case(draw(2, 3), "int32", gradient=False),
        case(draw(2, 3, dtype="complex64"), "float32"),
        case(draw(2, 3, dtype="complex64"), "bool", gradient=False),
        case(draw(2, 3), "complex64", dtypes=("float32", "int32"), gradient=False),
        case(draw(2, 3), "complex128", dtypes=("float32", "float64")),
        case([1.7, -1.7, 0.0], "int8", gradient=False),
        case(draw(), "float64"),
        case(draw(0, 2), "float64"),
        case(draw(2, 3), "float16", gradient=False),
        case(draw(2, 3), "bool", gradient=False),
        case(draw(2), "no_such_dtype", raises=ArgumentError, match="A dtype is one of"),
    ],
)
def cast(x: Tensor, dtype: DType) -> Tensor:
    """`x` with another dtype.

    Floats are cut off towards zero on the way to integers; whatever is not zero becomes `True`; of complex numbers the
    real part is kept.

    Args:
        x: A tensor of any shape and dtype. Python numbers lose no digits on the way to 64 bits.
        dtype: The result's dtype.

    Returns:
        A tensor of the shape of `x`; `x` itself where it has the dtype already.

    Raises:
        DTypeError: Not a dtype, or one that the backend can't hold.

    ```python
    >>> cast(convert_to_tensor([0.5, 2.7]), "int32").tolist()
    [0, 2]

    ```
    """
    owner = owner_of(type(x)) or current()
    return owner.tensors.cast(x, lattice.standardize(dtype))


@primitive(
    infer=rules.elementwise(),
    reference=lambda x: x,
    cases=[case(draw(2, 3), gradient=False)],
    differentiable=False,
)
def stop_gradient(variable: Tensor) -> Tensor:
    """The same values, through which no gradient flows.

    Args:
        variable: A tensor of any shape and dtype.

    Returns:
        A tensor like it.

    ```python
    >>> stop_gradient(convert_to_tensor([1.0])).tolist()
    [1.0]

    ```
    """
