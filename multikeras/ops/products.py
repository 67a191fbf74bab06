"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._einsum import einsum_shape
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.shaping import ravel, reshape


def product_dtype(name: str) -> str:
    """The dtype of a matrix product of operands of a dtype: sums of int8 products are int32, others stay."""
    return "int32" if name == "int8" else rules.same(name)


def _without_int8(x: np.ndarray) -> np.ndarray:
    return x.astype(np.int32) if x.dtype == np.int8 else x


def _agree(a: int | None, b: int | None) -> bool:
    return a is None or b is None or a == b


@rules.rule("promote")
def _matmul_rule(x1: Spec, x2: Spec) -> Spec:
    a, b = x1.shape, x2.shape
    if not a or not b:
        raise ShapeError("`matmul` takes tensors of at least one axis.", received=f"{x1} and {x2}", hint="ops.multiply")
    if not _agree(a[-1], b[-2:][0]):
        raise ShapeError(
            "The last axis of the first matrix is as long as the first axis of the second.", received=f"{x1} and {x2}"
        )
    rows = a[-2:-1]
    columns = b[-1:] if len(b) > 1 else ()
    batch = rules.broadcast_shapes(a[:-2], b[:-2])
    return Spec((*batch, *rows, *columns), product_dtype(rules.common(x1, x2)))


@primitive(
    infer=_matmul_rule,
    reference=lambda x1, x2: np.matmul(_without_int8(x1), _without_int8(x2)),
    cases=[
        case(draw(2, 3), draw(3, 4)),
        case(draw(3), draw(3)),
        case(draw(3), draw(3, 2)),
        case(draw(2, 3), draw(3)),
        case(draw(5, 2, 3), draw(5, 3, 4)),
        case(draw(5, 2, 3), draw(3, 4)),
        case(draw(2, 3), draw(5, 3, 4)),
        case(draw(5, 1, 2, 3), draw(4, 3, 2)),
        case(draw(2, 5, 2, 3), draw(3)),
        case(draw(2, 0), draw(0, 3)),
        case(draw(0, 2), draw(2, 3)),
        case(draw(2, 3, dtype="int8", low=-100, high=100), draw(3, 4, dtype="int8", low=-100, high=100)),
        case(draw(2, 3, dtype="int32"), draw(3, 4, dtype="float32")),
        case(draw(2, 3, dtype="uint8"), draw(3, 4, dtype="uint8")),
        case(draw(2, 3), draw(2, 3), raises=ShapeError, match="as long as"),
        case(draw(2, 2, 3), draw(3, 3, 2), raises=ShapeError, match="broadcast"),
        case(draw(), draw(2), raises=ShapeError, match="at least one axis"),
    ],
)
def matmul(x1: Tensor, x2: Tensor) -> Tensor:
    """Matrix product over the last axis of `x1` and the last but one of `x2`: `sum(x1[..., i, k] x2[..., k, j], k)`.

    Args:
        x1: A tensor of any dtype and one axis or more; one of one axis is a row.
        x2: A tensor of any dtype and one axis or more; one of one axis is a column.

    Returns:
        A tensor whose axes in front are those of both, broadcast; the row's or column's axis is left out. The common
        dtype, int32 for two int8 operands.

    Raises:
        ShapeError: The matrices do not fit, or there is a scalar.

    ```python
    >>> matmul([[1, 2], [3, 4]], [5, 6]).tolist()
    [17, 39]

    ```
    """


@rules.rule("promote")
def _dot_rule(x1: Spec, x2: Spec) -> Spec:
    a, b = x1.shape, x2.shape
    dtype = rules.same(rules.common(x1, x2))
    if not a or not b:
        return Spec(a or b, dtype)
    if not _agree(a[-1], b[-2:][0]):
        raise ShapeError(
            "The last axis of the first tensor is as long as the last but one of the second.", received=f"{x1} and {x2}"
        )
    return Spec((*a[:-1], *b[:-2], *(b[-1:] if len(b) > 1 else ())), dtype)


@composite(
    infer=_dot_rule,
    reference=np.dot,
    cases=[
        case(draw(3), draw(3)),
        case(draw(2, 3), draw(3, 4)),
        case(draw(2, 3), draw(3)),
        case(draw(2, 2, 3), draw(4, 3, 2)),
        case(draw(), draw(2, 3)),
        case(draw(2, 3), 2),
        case(draw(2, 0), draw(0, 3)),
        case(draw(2, dtype="int8"), draw(2, dtype="int32")),
        case(draw(2, 3), draw(2, 3), raises=ShapeError, match="as long as"),
    ],
)
def dot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum of products over the last axis of `x1` and the last but one (of a vector, the only one) of `x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor of any dtype.

    Returns:
        A tensor with the other axes of `x1` and then those of `x2`, of the common dtype; for a scalar the product.

    Raises:
        ShapeError: The axes have different sizes.

    ```python
    >>> int(dot([1, 2], [3, 4]))
    11

    ```
    """
    if not x1.shape or not x2.shape:
        from multikeras import ops

        return ops.multiply(x1, x2)
    return tensordot(x1, x2, ([-1], [-2 if len(x2.shape) > 1 else -1]))


def contracted_axes(axes: Any, ndim1: int, ndim2: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that `tensordot` sums over, counted from the front.

    Args:
        axes: A number of axes, or a pair of axes or of lists of them.
        ndim1: The number of axes of the first tensor.
        ndim2: That of the second.

    Raises:
        ShapeError: There are no such axes, or not as many of one tensor as of the other.
    """
    if hasattr(axes, "__index__"):
        count = axes.__index__()
        if not 0 <= count <= min(ndim1, ndim2):
            raise ShapeError(
                "Tensors are contracted over as many axes as both have at most.",
                received=f"axes={count}, tensors of {ndim1} and {ndim2} axes",
            )
        return tuple(range(ndim1 - count, ndim1)), tuple(range(count))
    if not isinstance(axes, (list, tuple)) or len(axes) != 2:
        raise ArgumentError("`axes` is a number of axes, or a pair of lists of them.", received=repr(axes))
    first, second = axes
    one = rules.canonical_axes(first, ndim1, "axis")
    two = rules.canonical_axes(second, ndim2, "axis")
    if len(one) != len(two):
        raise ShapeError("As many axes of one tensor are contracted as of the other.", received=f"axes={axes}")
    return one, two


@rules.rule("promote")
def _tensordot_rule(x1: Spec, x2: Spec, axes: Any = 2) -> Spec:
    one, two = contracted_axes(axes, len(x1.shape), len(x2.shape))
    if not all(_agree(x1.shape[i], x2.shape[j]) for i, j in zip(one, two, strict=True)):
        raise ShapeError("Axes that are contracted have equal sizes.", received=f"{x1} and {x2}, axes={axes}")
    left = [size for i, size in enumerate(x1.shape) if i not in one]
    right = [size for i, size in enumerate(x2.shape) if i not in two]
    return Spec((*left, *right), rules.same(rules.common(x1, x2)))


@primitive(
    infer=_tensordot_rule,
    reference=np.tensordot,
    cases=[
        case(draw(2, 3, 4), draw(3, 4, 5)),
        case(draw(2, 3), draw(3, 2), axes=1),
        case(draw(2), draw(3), axes=0),
        case(draw(2, 3, 4), draw(4, 3), axes=([1, 2], [1, 0])),
        case(draw(2, 3), draw(4, 3), axes=(-1, -1)),
        case(draw(2, 0), draw(0, 2), axes=1),
        case(draw(2, 3, dtype="int32"), draw(3, dtype="float32"), axes=1),
        case(draw(2, 3), draw(2, 3), axes=1, raises=ShapeError, match="equal sizes"),
        case(draw(2), draw(2), axes=2, raises=ShapeError, match="as both have"),
        case(draw(0), draw(0), axes=-1, raises=ShapeError, match="as both have"),
        case(draw(2, 2), draw(2, 2), axes=([0, 1], [0]), raises=ShapeError, match="As many axes"),
        case(draw(2, 2), draw(2, 2), axes=([2], [0]), raises=ShapeError, match="axis 2"),
    ],
)
def tensordot(x1: Tensor, x2: Tensor, axes: int | Sequence[Any] = 2) -> Tensor:
    """Sum of products over pairs of axes.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor of any dtype.
        axes: How many of the last axes of `x1` meet the first of `x2`; or a pair: axes of `x1` and axes of `x2`.

    Returns:
        A tensor with the other axes of `x1` and then those of `x2`, of the common dtype.

    Raises:
        ArgumentError: `axes` is neither.
        ShapeError: There are no such axes, or their sizes differ.

    ```python
    >>> tensordot([[1, 2], [3, 4]], [1, 1], axes=1).tolist()
    [3, 7]

    ```
    """


@rules.rule("promote")
def _inner_rule(x1: Spec, x2: Spec) -> Spec:
    a, b = x1.shape, x2.shape
    dtype = rules.same(rules.common(x1, x2))
    if not a or not b:
        return Spec(a or b, dtype)
    if not _agree(a[-1], b[-1]):
        raise ShapeError("The last axes are equally long.", received=f"{x1} and {x2}")
    return Spec((*a[:-1], *b[:-1]), dtype)


@composite(
    infer=_inner_rule,
    reference=np.inner,
    cases=[
        case(draw(3), draw(3)),
        case(draw(2, 3), draw(4, 3)),
        case(draw(2, 3), draw(3)),
        case(draw(), draw(2)),
        case(draw(2, 0), draw(3, 0)),
        case(draw(2, 3), draw(3, 2), raises=ShapeError, match="equally long"),
    ],
)
def inner(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum of products over the last axes of both.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor of any dtype.

    Returns:
        A tensor with the other axes of `x1` and then those of `x2`, of the common dtype; for a scalar the product.

    Raises:
        ShapeError: The last axes have different sizes.

    ```python
    >>> inner([[1, 2], [3, 4]], [1, 1]).tolist()
    [3, 7]

    ```
    """
    if not x1.shape or not x2.shape:
        from multikeras import ops

        return ops.multiply(x1, x2)
    return tensordot(x1, x2, ([-1], [-1]))


@rules.rule("promote")
def _outer_rule(x1: Spec, x2: Spec) -> Spec:
    return Spec((rules.size_of(x1.shape), rules.size_of(x2.shape)), rules.same(rules.common(x1, x2)))


@composite(
    infer=_outer_rule,
    reference=np.outer,
    cases=[
        case(draw(2), draw(3)),
        case(draw(2, 2), draw(3)),
        case(draw(), draw(3)),
        case(draw(0), draw(3)),
        case(draw(2, dtype="int8"), draw(3, dtype="int8")),
    ],
)
def outer(x1: Tensor, x2: Tensor) -> Tensor:
    """Each entry of `x1` times each of `x2`: `x1[i] x2[j]`.

    Args:
        x1: A tensor of any dtype; it is raveled.
        x2: A tensor of any dtype; it is raveled.

    Returns:
        A matrix of the common dtype, with one row for each entry of `x1`.

    ```python
    >>> outer([1, 2], [3, 4]).tolist()
    [[3, 4], [6, 8]]

    ```
    """
    from multikeras import ops

    return ops.multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


@rules.rule("promote")
def _vdot_rule(x1: Spec, x2: Spec) -> Spec:
    if not _agree(rules.size_of(x1.shape), rules.size_of(x2.shape)):
        raise ShapeError("The tensors have equally many entries.", received=f"{x1} and {x2}")
    return Spec((), rules.same(rules.common(x1, x2)))


@composite(
    infer=_vdot_rule,
    reference=np.vdot,
    cases=[
        case(draw(3), draw(3)),
        case(draw(2, 3), draw(3, 2)),
        case(draw(), draw()),
        case(draw(0), draw(0)),
        case(draw(2, dtype="complex64"), draw(2, dtype="complex64", salt=1)),
        case(draw(2), draw(3), raises=ShapeError, match="equally many"),
    ],
)
def vdot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum of products of all entries; those of a complex `x1` are conjugated.

    Args:
        x1: A tensor of any dtype; it is raveled.
        x2: A tensor of any dtype and as many entries; it is raveled.

    Returns:
        A scalar of the common dtype.

    Raises:
        ShapeError: The tensors do not have equally many entries.

    ```python
    >>> int(vdot([1, 2], [3, 4]))
    11

    ```
    """
    from multikeras import ops

    if ops.dtype(x1) in ("complex64", "complex128"):
        x1 = ops.conj(x1)
    return tensordot(ravel(x1), ravel(x2), 1)


@rules.rule("promote")
def _einsum_rule(subscripts: str, *operands: Spec, **kwargs: Any) -> Spec:
    shape = einsum_shape(subscripts, tuple(x.shape for x in operands))
    names = [x.dtype for x in operands]
    return Spec(shape, "int32" if set(names) == {"int8"} else rules.same(rules.common(*operands)))


@primitive(
    infer=_einsum_rule,
    reference=lambda subscripts, *operands, **kwargs: np.einsum(subscripts, *operands),
    cases=[
        case("ij,jk->ik", draw(2, 3), draw(3, 4)),
        case("ij,jk", draw(2, 3), draw(3, 4)),
        case("ii", draw(3, 3)),
        case("ii->i", draw(3, 3)),
        case("ij->ji", draw(2, 3)),
        case("ji", draw(2, 3)),
        case("ij->", draw(2, 3)),
        case("i,i->", draw(3), draw(3)),
        case("i,j->ij", draw(2), draw(3)),
        case("...ij,...jk->...ik", draw(1, 2, 3), draw(4, 3, 2)),
        case("...i->...", draw(2, 3, 4)),
        case("i...->...i", draw(2, 3, 4)),
        case("bij, bjk -> bik", draw(2, 2, 3), draw(2, 3, 1)),
        case("ab,bc,cd->ad", draw(2, 3), draw(3, 4), draw(4, 2)),
        case("ij,j->i", draw(2, 0), draw(0)),
        case("i,i->i", draw(2, dtype="int8"), draw(2, dtype="int8")),
        case("i,i->i", draw(2, dtype="int8"), draw(2, dtype="int32")),
        case("ij,jk->ik", draw(2, 3), draw(2, 3), raises=ShapeError, match="two sizes"),
        case("ii", draw(1, 4), raises=ShapeError, match="two sizes"),
        case("ij->i", draw(2), raises=ShapeError, match="axes"),
        case("i,j->ij", draw(2), raises=ArgumentError, match="operand"),
        case("i->j", draw(2), raises=ArgumentError, match="no operand"),
        case("i->ii", draw(2), raises=ArgumentError, match="once"),
        case("i?->i", draw(2), raises=ArgumentError, match="letters"),
    ],
)
def einsum(subscripts: str, *operands: Tensor, **kwargs: Any) -> Tensor:
    """Sum of products over axes that are named by letters: `einsum("ij,jk->ik", a, b)` is `a @ b`.

    Args:
        subscripts: One letter for each axis of each operand, `...` for any number of axes that broadcast; behind `->`
            the axes of the result. Axes that are not among them are summed over. Without `->` these are `...` and the
            letters that occur once, in alphabetical order. An axis of 1 goes with one of any size that has its letter.
        *operands: Tensors of any dtypes.
        **kwargs: `optimize`: a hint to NumPy and JAX on the order of the products; it changes no result.

    Returns:
        A tensor of the common dtype, int32 where all operands are int8.

    Raises:
        ArgumentError: The subscripts are malformed, or are not for this number of operands.
        ShapeError: An operand does not have the axes that its subscripts name, or one letter stands for two sizes.

    Source:
        Einstein, "Die Grundlage der allgemeinen Relativitätstheorie", 1916, section B 5.

    ```python
    >>> einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).tolist()
    [3, 7]
    >>> einsum("ij,j->i", [[1], [3]], [1, 2]).tolist()
    [3, 9]

    ```
    """
