"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case
from multikeras.ops._types import DType, Tensor
from multikeras.ops.comparison import greater
from multikeras.ops.conversion import cast
from multikeras.ops.reduction import sum

_REAL = lattice.BOOL | lattice.INTEGERS | lattice.FLOATS


def _check_classes(num_classes: Any) -> int:
    if isinstance(num_classes, bool) or not hasattr(num_classes, "__index__") or num_classes < 0:
        raise ArgumentError("`num_classes` is an integer from 0 on.", received=repr(num_classes))
    return num_classes.__index__()


def _encoded(shape: Shape, num_classes: Any, axis: int) -> Shape:
    sizes = list(shape)
    sizes.insert(rules.canonical_axis(axis, len(shape) + 1), _check_classes(num_classes))
    return tuple(sizes)


@rules.rule()
def _one_hot_rule(x: Spec, num_classes: int, axis: int = -1, dtype: DType = None, sparse: bool = False) -> Spec:
    rules.require("x", x, _REAL, "an integer dtype", "one_hot")
    return Spec(_encoded(x.shape, num_classes, axis), lattice.standardize(dtype))


def _one_hot_reference(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> np.ndarray:
    x = np.asarray(x)
    result = np.zeros((*x.shape, num_classes), lattice.numpy_dtype(lattice.standardize(dtype)))
    for place in np.ndindex(*x.shape):
        if 0 <= int(x[place]) < num_classes:
            result[(*place, int(x[place]))] = 1
    return np.moveaxis(result, -1, axis)


@primitive(
    infer=_one_hot_rule,
    reference=_one_hot_reference,
    differentiable=False,
    cases=[
        case([0, 2, 1], 3),
        case([[0, 2], [1, 1]], 3, axis=0),
        case([[0, 2], [1, 1]], 3, axis=1),
        case([[0, 2], [1, 1]], 3, axis=-2),
        case([-1, 3, 1], 3),
        case(1, 3),
        case(np.array([1, 0], "int64"), 2, dtype="int32"),
        case(np.array([1, 0], "uint8"), 2, dtype="bool"),
        case(np.array([True, False]), 2),
        case(np.array([1.0, 0.0], "float32"), 2),
        case(np.zeros((0,), "int32"), 3),
        case(np.zeros((2,), "int32"), 0),
        case([0, 1], -1, raises=ArgumentError, match="num_classes"),
        case([0, 1], 2, axis=2, raises=ShapeError, match="axis 2"),
    ],
)
def one_hot(x: Tensor, num_classes: int, axis: int = -1, dtype: DType = None, sparse: bool = False) -> Tensor:
    """Class indices as vectors that are 1 at the index and 0 elsewhere.

    Args:
        x: Class indices, a tensor of any shape and an integer dtype; floats that hold integers are taken too. An index
            outside `0 .. num_classes - 1` makes a vector of zeros.
        num_classes: The length of the vectors.
        axis: Where their axis stands in the result.
        dtype: The result's dtype; floatx by default.
        sparse: Whether to return a sparse tensor, on backends that have them.

    Returns:
        A tensor with one more axis than `x`.

    Raises:
        ArgumentError: `num_classes` is no integer from 0 on.
        NotSupportedError: `sparse`, on a backend without sparse tensors.
        ShapeError: The result has no such axis.

    ```python
    >>> one_hot([0, 2, -1], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]

    ```
    """


def _classes(num_classes: Any, kwargs: dict[str, Any]) -> int:
    if set(kwargs) - {"num_tokens"}:
        raise ArgumentError("multi_hot has no such arguments.", received=", ".join(kwargs))
    if num_classes is None:
        num_classes = kwargs.get("num_tokens")
    if num_classes is None:
        raise ArgumentError("`num_classes` is given.", received="None", hint="num_classes=10")
    return _check_classes(num_classes)


@rules.rule()
def _multi_hot_rule(
    inputs: Spec,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DType = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Spec:
    rules.require("inputs", inputs, _REAL, "an integer dtype", "multi_hot")
    sizes = list(_encoded(inputs.shape, _classes(num_classes, kwargs), axis))
    if inputs.shape:
        del sizes[1 if len(inputs.shape) > 1 else 0]
    return Spec(tuple(sizes), lattice.standardize(dtype))


def _multi_hot_reference(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> np.ndarray:
    vectors = _one_hot_reference(inputs, num_classes or 0, axis, "int32")
    if np.ndim(inputs):
        vectors = vectors.sum(1 if np.ndim(inputs) > 1 else 0)
    return (vectors > 0).astype(lattice.numpy_dtype(lattice.standardize(dtype)))


@composite(
    infer=_multi_hot_rule,
    reference=_multi_hot_reference,
    differentiable=False,
    cases=[
        case([0, 2, 2], 4),
        case([[0, 2], [1, 1]], 3),
        case([[-1, 3], [1, 0]], 3),
        case([[[0], [2]], [[1], [1]]], 3),
        case([[0, 2], [1, 1]], 3, dtype="bool"),
        case(np.zeros((2, 0), "int32"), 3),
        case([[0, 2]], raises=ArgumentError, match="num_classes"),
        case([[0, 2]], 3, classes=3, raises=ArgumentError, match="no such arguments"),
    ],
)
def multi_hot(
    inputs: Tensor,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DType = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Sets of class indices as vectors that are 1 at each index of the set and 0 elsewhere.

    Args:
        inputs: Class indices, of an integer dtype; axis 1 (of a vector, axis 0) holds the indices of one set. An index
            outside `0 .. num_classes - 1` counts for nothing.
        num_classes: The length of the vectors.
        axis: Where their axis stands before the axis of the sets is taken out.
        dtype: The result's dtype; floatx by default.
        sparse: Whether to return a sparse tensor, on backends that have them.
        **kwargs: `num_tokens`, the old name of `num_classes`.

    Returns:
        A tensor with the axis of the vectors in the place of that of the sets.

    Raises:
        ArgumentError: `num_classes` is no integer from 0 on, or there is another argument.
        NotSupportedError: `sparse`, on a backend without sparse tensors.
        ShapeError: There is no such axis.

    ```python
    >>> multi_hot([[0, 2], [1, 1]], 3).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]

    ```
    """
    classes = _classes(num_classes, kwargs)
    name = config.floatx() if dtype is None else dtype
    if not inputs.shape:
        return one_hot(inputs, classes, axis, name, sparse)
    vectors = one_hot(inputs, classes, axis, "int32", sparse)
    return cast(greater(sum(vectors, 1 if len(inputs.shape) > 1 else 0), 0), name)
