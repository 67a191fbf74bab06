"""The linear map of a dense layer: one kernel on most frameworks."""

from __future__ import annotations

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add
from multikeras.ops.products import matmul


@rules.rule("float")
def _linear_rule(x: Spec, kernel: Spec, bias: Spec | None = None) -> Spec:
    received = f"{x}, kernel {kernel}" + ("" if bias is None else f", bias {bias}")
    if not x.shape or len(kernel.shape) != 2:
        raise ShapeError("`linear` takes a tensor of one axis or more, and a matrix.", received=received)
    rows, columns = kernel.shape
    misfit = ShapeError(
        "The kernel has a row for each entry of the last axis, the bias an entry for each column.", received=received
    )
    if None not in (x.shape[-1], rows) and x.shape[-1] != rows:
        raise misfit
    shape = (*x.shape[:-1], columns)
    if bias is not None:
        # It broadcasts with the product, which it does not make larger.
        behind = zip(reversed(shape), reversed(bias.shape), strict=False)
        if len(bias.shape) > len(shape) or any(None not in (m, n) and n not in (m, 1) for m, n in behind):
            raise misfit
    return Spec(shape, rules.floating(rules.common(x, kernel, bias)))


def _linear_reference(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    product = np.matmul(x + 0.0, kernel + 0.0)
    return product if bias is None else product + bias


@composite(
    infer=_linear_rule,
    reference=_linear_reference,
    cases=[
        case(draw(2, 3), draw(3, 4), draw(4, salt=1)),
        case(draw(2, 3), draw(3, 4)),
        case(draw(3), draw(3, 2), draw(2)),
        case(draw(2, 5, 3), draw(3, 4), draw(4, salt=1)),
        case(draw(2, 1, 5, 3), draw(3, 1), draw(1, salt=1)),
        case(draw(0, 3), draw(3, 2), draw(2)),
        case(draw(2, 0), draw(0, 2), draw(2)),
        case(draw(1, 3), draw(3, 4), draw(1, salt=1)),
        case(draw(2, 3, 0), draw(0, 2)),
        case(draw(2, 3, dtype="int32"), draw(3, 4, dtype="float32"), draw(4, dtype="float32")),
        case(draw(2, 3), draw(2, 4), raises=ShapeError, match="a row for each entry"),
        case(draw(1, 3), draw(3, 4), draw(2, 1), raises=ShapeError, match="an entry for each column"),
        case(draw(3), draw(3, 4), draw(2, 1), raises=ShapeError, match="an entry for each column"),
        case(draw(2, 3), draw(3, 4), draw(3), raises=ShapeError, match="an entry for each column"),
        case(draw(2, 3), draw(3), raises=ShapeError, match="and a matrix"),
        case(draw(), draw(3, 4), raises=ShapeError, match="one axis or more"),
    ],
)
def linear(x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x @ kernel + bias`, along the last axis.

    Args:
        x: A tensor of any dtype and shape `(..., rows)`; integers are taken as floats.
        kernel: Shape `(rows, columns)`.
        bias: Shape `(columns,)`, or another that broadcasts to the shape of the result; none by default.

    Returns:
        A tensor of shape `(..., columns)` and the common dtype made floating.

    Raises:
        ShapeError: The sizes do not fit.

    ```python
    >>> linear([[1.0, 2.0]], [[1.0], [10.0]], [0.5]).tolist()
    [[21.5]]

    ```
    """
    _, _ = kernel.shape
    product = matmul(x, kernel)
    if bias is None:
        return product
    result = add(product, bias)
    if tuple(result.shape) != tuple(product.shape):
        raise ValueError("no bias of these columns")
    return result
