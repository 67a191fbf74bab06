"""Complex numbers as pairs of real ones, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.angles import COMPLEX_OF, complex_of
from multikeras.ops.comparison import equal
from multikeras.ops.complex_numbers import imag, real
from multikeras.ops.conversion import dtype
from multikeras.ops.creation import ones_like
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import stack


@rules.rule()
def _view_as_complex_rule(x: Spec) -> Spec:
    if rules.same(x.dtype) not in COMPLEX_OF:
        raise DTypeError(
            "Complex numbers have parts of float32 or float64.", received=f"x={x}", hint="ops.cast(x, 'float32')"
        )
    if not x.shape or x.shape[-1] not in (2, None):
        raise ShapeError("The last axis holds the real and the imaginary part: two entries.", received=f"x={x}")
    return Spec(x.shape[:-1], COMPLEX_OF[rules.same(x.dtype)])


@composite(
    infer=_view_as_complex_rule,
    reference=lambda x: x[..., 0] + 1j * x[..., 1],
    cases=[
        case(draw(3, 2), dtypes=("float32", "float64")),
        case(draw(2, 3, 2), dtypes=("float32",)),
        case(draw(2), dtypes=("float32",)),
        case(draw(0, 2), dtypes=("float64",)),
        case(draw(2, 3), raises=ShapeError, match="two entries"),
        case(draw(), raises=ShapeError, match="two entries"),
        case([1, 2], raises=DTypeError, match="float32 or float64"),
    ],
)
def view_as_complex(x: Tensor) -> Tensor:
    """Complex numbers of real and imaginary parts: `x[..., 0] + i x[..., 1]`.

    Args:
        x: A tensor of float32 or float64, with a last axis of size 2.

    Returns:
        A complex tensor without the last axis: complex64 for float32, complex128 for float64.

    Raises:
        DTypeError: `x` is of another dtype.
        ShapeError: The last axis is not of size 2.

    ```python
    >>> view_as_complex([[1.0, 2.0], [0.0, -1.0]]).tolist()
    [(1+2j), -1j]

    ```
    """
    if len(x.shape) == 0 or x.shape[-1] not in (2, None) or dtype(x) not in COMPLEX_OF:
        raise ShapeError("two entries", received="")
    return complex_of(get_item(x, (..., 0)), get_item(x, (..., 1)))


@rules.rule()
def _view_as_real_rule(x: Spec) -> Spec:
    if x.dtype not in ("complex64", "complex128", "complex"):
        raise DTypeError("ops.view_as_real takes complex numbers.", received=f"x={x}", hint="ops.cast(x, 'complex64')")
    return Spec((*x.shape, 2), rules.real_part(rules.same(x.dtype)))


@composite(
    infer=_view_as_real_rule,
    reference=lambda x: np.stack([np.real(x), np.imag(x)], -1),
    cases=[
        case(draw(2, 3, dtype="complex64")),
        case(draw(dtype="complex128")),
        case(draw(0, dtype="complex64")),
        case(draw(2), raises=DTypeError, match="takes complex"),
    ],
)
def view_as_real(x: Tensor) -> Tensor:
    """Real and imaginary parts of complex numbers, along a new last axis.

    Args:
        x: A complex tensor of any shape.

    Returns:
        A real tensor with a last axis of size 2: float32 for complex64, float64 for complex128.

    Raises:
        DTypeError: `x` is not complex.

    ```python
    >>> view_as_real([1 + 2j]).tolist()
    [[1.0, 2.0]]

    ```
    """
    if dtype(x) not in ("complex64", "complex128"):
        raise DTypeError("complex numbers", received=dtype(x))
    return stack([real(x), imag(x)], -1)


@composite(
    infer=rules.elementwise("bool"),
    reference=np.isreal,
    cases=[
        case(draw(2, 3)),
        case(np.array([1.0, 1j, complex(2.0, -0.0), complex(0.0, float("nan"))], "complex64")),
        case(draw(dtype="complex128")),
        case([1, 2]),
        case([True]),
        case([float("nan"), float("inf")]),
        case(draw(0)),
    ],
    differentiable=False,
)
def isreal(x: Tensor) -> Tensor:
    """Whether the imaginary part is 0, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A bool tensor of the shape of `x`: all true where its dtype is real.

    ```python
    >>> isreal([1 + 0j, 1j]).tolist()
    [True, False]

    ```
    """
    given: Any = dtype(x)
    return equal(imag(x), 0) if given in ("complex64", "complex128") else ones_like(x, "bool")
