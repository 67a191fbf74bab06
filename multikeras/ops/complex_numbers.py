"""Parts of complex numbers."""

from __future__ import annotations

import numpy as np

from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor

_CASES = (
    case(draw(2, 3, dtype="complex64")),
    case(draw(2, 3)),
    case(draw(dtype="complex128")),
    case(draw(0, 2)),
    case(np.array([complex(0.0, -0.0), complex(float("inf"), float("nan"))], "complex64"), gradient=False),
)


@primitive(infer=rules.elementwise(rules.real_part), reference=np.real, cases=_CASES)
def real(x: Tensor) -> Tensor:
    """Real part, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape of `x`, real: float32 for complex64, float64 for complex128; `x` itself if it is real.

    ```python
    >>> real(1 + 2j).tolist()
    1.0

    ```
    """


@primitive(infer=rules.elementwise(rules.real_part), reference=np.imag, cases=_CASES)
def imag(x: Tensor) -> Tensor:
    """Imaginary part, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape of `x`, real: float32 for complex64, float64 for complex128; zeros of the dtype of `x` if
        it is real.

    ```python
    >>> imag(1 + 2j).tolist()
    2.0

    ```
    """


@primitive(infer=rules.elementwise(), reference=np.conj, cases=_CASES)
def conj(x: Tensor) -> Tensor:
    """Complex conjugate, entry by entry: the imaginary part with the other sign.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor like `x`; `x` itself if it is real.

    ```python
    >>> conj(1 + 2j).tolist()
    (1-2j)

    ```
    """


@composite(infer=rules.elementwise(), reference=np.conj, cases=_CASES)
def conjugate(x: Tensor) -> Tensor:
    """Complex conjugate, entry by entry: the same as `conj`.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor like `x`; `x` itself if it is real.

    ```python
    >>> conjugate(1 + 2j).tolist()
    (1-2j)

    ```
    """
    return conj(x)
