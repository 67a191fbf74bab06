"""Tensors made from nothing but a shape, made on the current backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import broadcasts_to, read_shape
from multikeras.ops._types import DType, Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.conversion import convert_to_tensor


def _new_shape(shape: Any) -> Shape:
    sizes = read_shape(shape)
    if isinstance(shape, (list, tuple)) and None in shape:
        raise ShapeError("The sizes of a new tensor are known.", received=f"shape={tuple(shape)}")
    return sizes


@rules.rule()
def _filled_rule(shape: Any, dtype: DType = None) -> Spec:
    return Spec(_new_shape(shape), lattice.standardize(dtype))


def _named(dtype: DType) -> np.dtype:
    """The NumPy dtype for oracles."""
    return lattice.numpy_dtype(lattice.standardize(dtype))


@primitive(
    infer=_filled_rule,
    reference=lambda shape, dtype=None: np.zeros(shape, _named(dtype)),
    cases=[
        case((2, 3)),
        case((2,), dtype="int32"),
        case([2, 1], "bool"),
        case(3, dtype="bfloat16"),
        case((), dtype="float64"),
        case((0, 2)),
        case((-1,), raises=ShapeError, match="from 0 on"),
        case((None, 2), raises=ShapeError, match="are known"),
        case((2,), "no_such_dtype", raises=DTypeError, match="A dtype is one of"),
    ],
    differentiable=False,
)
def zeros(shape: int | Sequence[int], dtype: DType = None) -> Tensor:
    """A tensor of zeros.

    Args:
        shape: Its shape.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: A size is negative or unknown.

    ```python
    >>> zeros((2,)).tolist()
    [0.0, 0.0]

    ```
    """


@primitive(
    infer=_filled_rule,
    reference=lambda shape, dtype=None: np.ones(shape, _named(dtype)),
    cases=[
        case((2, 3)),
        case((2,), dtype="int32"),
        case([2, 1], "bool"),
        case(3, dtype="bfloat16"),
        case((), dtype="float64"),
        case((0, 2)),
        case((-1,), raises=ShapeError, match="from 0 on"),
    ],
    differentiable=False,
)
def ones(shape: int | Sequence[int], dtype: DType = None) -> Tensor:
    """A tensor of ones.

    Args:
        shape: Its shape.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: A size is negative or unknown.

    ```python
    >>> ones((2,), "int32").tolist()
    [1, 1]

    ```
    """


def _check_fits(fill_value: Any, result: Spec) -> None:
    try:
        own = argument_spec(fill_value, None).shape
    except ArgumentError:
        raise ArgumentError("`fill_value` is a number or a tensor.", received=repr(fill_value)) from None
    if not broadcasts_to(own, result.shape):
        raise ShapeError("`fill_value` broadcasts to the shape.", received=f"shapes {own} and {result.shape}")
    rules.require_fit(fill_value, result.dtype)


@rules.rule()
def _full_rule(shape: Any, fill_value: Any, dtype: DType = None) -> Spec:
    result = Spec(_new_shape(shape), lattice.standardize(dtype))
    _check_fits(fill_value, result)
    return result


@primitive(
    infer=_full_rule,
    reference=lambda shape, fill_value, dtype=None: np.full(shape, fill_value, _named(dtype)),
    cases=[
        case((2, 3), 1.5),
        case((2,), 0.1, dtype="float64"),
        case((2,), 2**40, dtype="int64"),
        case((2,), True, dtype="bool"),
        case((2,), float("inf")),
        case(2, 3),
        case((2, 2), np.array([1.0, 2.0], "float32")),
        case((-1,), 0.0, raises=ShapeError, match="from 0 on"),
        case((2,), 300, "uint8", raises=ArgumentError, match="fits the dtype"),
        case((2, 2), np.array([1.0, 2.0, 3.0], "float32"), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def full(shape: int | Sequence[int], fill_value: Any, dtype: DType = None) -> Tensor:
    """A tensor with one value in all places.

    Args:
        shape: Its shape.
        fill_value: The value: a number, or a tensor that broadcasts to the shape.
        dtype: Its dtype; floatx by default, whatever that of the value.

    Raises:
        ArgumentError: `fill_value` is a number that the integer dtype does not hold.
        ShapeError: A size is negative or unknown, or `fill_value` does not broadcast.

    ```python
    >>> full((2,), 7).tolist()
    [7.0, 7.0]

    ```
    """


@composite(infer=_filled_rule, reference=None, cases=[case((2, 3)), case((2,), "int32")], differentiable=False)
def empty(shape: int | Sequence[int], dtype: DType = None) -> Tensor:
    """A tensor of no values in particular.

    Args:
        shape: Its shape.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: A size is negative or unknown.

    ```python
    >>> empty((2, 3)).shape
    (2, 3)

    ```
    """
    return zeros(shape, dtype)


def _like(x: Spec, dtype: DType) -> Spec:
    return Spec(x.shape, rules.same(x.dtype) if dtype is None else lattice.standardize(dtype))


@rules.rule()
def _like_rule(x: Spec, dtype: DType = None) -> Spec:
    return _like(x, dtype)


def _like_reference(function: Callable) -> Callable:
    return lambda x, dtype=None: function(x, None if dtype is None else _named(dtype))


_LIKE_CASES = (
    case(draw(2, 3)),
    case(draw(2, 3), dtype="int32"),
    case(draw(2), dtype="bfloat16"),
    case(draw()),
    case(draw(0, 2)),
    case(draw(2, dtype="bool")),
    case(1.5),
)


@primitive(infer=_like_rule, reference=_like_reference(np.zeros_like), cases=_LIKE_CASES, differentiable=False)
def zeros_like(x: Tensor, dtype: DType = None) -> Tensor:
    """A tensor of zeros with the shape of `x`.

    Args:
        x: A tensor of any shape and dtype.
        dtype: Its dtype; that of `x` by default.

    ```python
    >>> zeros_like([1, 2]).tolist()
    [0, 0]

    ```
    """


@primitive(infer=_like_rule, reference=_like_reference(np.ones_like), cases=_LIKE_CASES, differentiable=False)
def ones_like(x: Tensor, dtype: DType = None) -> Tensor:
    """A tensor of ones with the shape of `x`.

    Args:
        x: A tensor of any shape and dtype.
        dtype: Its dtype; that of `x` by default.

    ```python
    >>> ones_like([5, 6]).tolist()
    [1, 1]

    ```
    """


@composite(infer=_like_rule, reference=None, cases=_LIKE_CASES, differentiable=False)
def empty_like(x: Tensor, dtype: DType = None) -> Tensor:
    """A tensor of no values in particular with the shape of `x`.

    Args:
        x: A tensor of any shape and dtype.
        dtype: Its dtype; that of `x` by default.

    ```python
    >>> empty_like([1, 2]).shape
    (2,)

    ```
    """
    return zeros_like(x, dtype)


@rules.rule()
def _full_like_rule(x: Spec, fill_value: Any, dtype: DType = None) -> Spec:
    result = _like(x, dtype)
    _check_fits(fill_value, result)
    return result


@primitive(
    infer=_full_like_rule,
    reference=lambda x, fill_value, dtype=None: np.full_like(x, fill_value, None if dtype is None else _named(dtype)),
    cases=[
        case(draw(2, 3), 2),
        case(draw(2, 3), 1.5, dtype="float32"),
        case(draw(2), 0.1, dtype="float64"),
        case(draw(), 1),
        case(draw(0, 2), 1),
        case(draw(2, 3), np.array([1.0, 2.0, 3.0], "float32"), dtypes=("float32",)),
        case(draw(0, 2, dtype="uint8"), -1, raises=ArgumentError, match="fits the dtype"),
        case(draw(2, 3), np.array([1.0, 2.0], "float32"), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def full_like(x: Tensor, fill_value: Any, dtype: DType = None) -> Tensor:
    """A tensor with one value in all places, with the shape of `x`.

    Args:
        x: A tensor of any shape and dtype.
        fill_value: The value: a number, or a tensor that broadcasts to the shape.
        dtype: Its dtype; that of `x` by default.

    Raises:
        ArgumentError: `fill_value` is a number that the integer dtype does not hold.
        ShapeError: `fill_value` does not broadcast.

    ```python
    >>> full_like([1, 2], 7).tolist()
    [7, 7]

    ```
    """


@rules.rule()
def _eye_rule(N: int, M: int | None = None, k: int = 0, dtype: DType = None) -> Spec:
    sizes = read_shape((N, N if M is None else M))
    if not hasattr(k, "__index__"):
        raise ArgumentError("`k` is an integer.", received=repr(k))
    return Spec(sizes, lattice.standardize(dtype))


_EYE_CASES = (
    case(3),
    case(2, 3),
    case(3, 2, 1),
    case(3, k=-1, dtype="int32"),
    case(2, k=5, dtype="bool"),
    case(0),
    case(2, 0),
    case(-1, raises=ShapeError, match="from 0 on"),
)


@primitive(
    infer=_eye_rule,
    reference=lambda N, M=None, k=0, dtype=None: np.eye(N, M, k, _named(dtype)),
    cases=_EYE_CASES,
    differentiable=False,
)
def eye(N: int, M: int | None = None, k: int = 0, dtype: DType = None) -> Tensor:
    """A matrix with ones on one diagonal and zeros elsewhere.

    Args:
        N: The number of rows.
        M: The number of columns; that of rows by default.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: A number is negative.

    ```python
    >>> eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]

    ```
    """


@rules.rule()
def _identity_rule(n: int, dtype: DType = None) -> Spec:
    return _eye_rule(n, None, 0, dtype)


@composite(
    infer=_identity_rule,
    reference=lambda n, dtype=None: np.identity(n, _named(dtype)),
    cases=[case(3), case(0), case(2, dtype="int32"), case(-1, raises=ShapeError, match="from 0 on")],
    differentiable=False,
)
def identity(n: int, dtype: DType = None) -> Tensor:
    """The square matrix with ones on the main diagonal and zeros elsewhere.

    Args:
        n: The number of rows and columns.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: The number is negative.

    ```python
    >>> identity(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]

    ```
    """
    return eye(n, None, 0, dtype)


@composite(
    infer=_eye_rule,
    reference=lambda N, M=None, k=0, dtype=None: np.tri(N, M, k, _named(dtype)),
    cases=_EYE_CASES,
    differentiable=False,
)
def tri(N: int, M: int | None = None, k: int = 0, dtype: DType = None) -> Tensor:
    """A matrix with ones on and below one diagonal and zeros above it.

    Args:
        N: The number of rows.
        M: The number of columns; that of rows by default.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.
        dtype: Its dtype; floatx by default.

    Raises:
        ShapeError: A number is negative.

    ```python
    >>> tri(2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]

    ```
    """
    from multikeras.ops.diagonals import tril

    return tril(ones((N, N if M is None else M), dtype), k)


def array(x: Any, dtype: DType = None) -> Tensor:
    """A tensor of the current backend with the values of `x`; the same as `convert_to_tensor`.

    Args:
        x: A tensor, variable, NumPy array, number or nested list.
        dtype: Its dtype. By default that of `x`; int32 and floatx for Python numbers.

    ```python
    >>> array([[1, 2]]).shape
    (1, 2)

    ```
    """
    return convert_to_tensor(x, dtype)
