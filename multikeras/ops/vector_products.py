"""Products of vectors: across in space, of every two entries in blocks, and with themselves again and again."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import multiply, negative, subtract
from multikeras.ops.conversion import shape
from multikeras.ops.creation import ones_like
from multikeras.ops.cumulative import cumprod
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import concatenate, stack
from multikeras.ops.rounding import maximum
from multikeras.ops.shaping import broadcast_to, expand_dims, reshape
from multikeras.ops.turning import flip


def _crossed(s1: Any, s2: Any, axisa: Any, axisb: Any, axisc: Any, axis: Any) -> tuple[int, int, int | None, Any]:
    """Where the vectors lie in both tensors and in the result (`None`: it has scalars), and the shape of the rest.

    Raises:
        ShapeError: There is no such axis, vectors have neither two nor three entries, or the shapes do not broadcast.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = rules.canonical_axis(axisa, len(s1)), rules.canonical_axis(axisb, len(s2))
    if s1[a] not in (2, 3) or s2[b] not in (2, 3):
        raise ShapeError(
            "Vectors in a cross product have two or three entries.", received=f"{s1} along {axisa}, {s2} along {axisb}"
        )
    rest = rules.broadcast_shapes((*s1[:a], *s1[a + 1 :]), (*s2[:b], *s2[b + 1 :]))
    if s1[a] == s2[b] == 2:
        return a, b, None, rest
    return a, b, rules.canonical_axis(axisc, len(rest) + 1), rest


@rules.rule("promote")
def _cross_rule(x1: Spec, x2: Spec, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Spec:
    name = rules.same(rules.common(x1, x2))
    if name == "bool":
        raise DTypeError("ops.cross takes numbers, not bools.", received="bool", hint="ops.cast(x1, 'int32')")
    _, _, c, rest = _crossed(x1.shape, x2.shape, axisa, axisb, axisc, axis)
    return Spec(rest if c is None else (*rest[:c], 3, *rest[c:]), name)


def _cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(x1, axisa, -1), np.moveaxis(x2, axisb, -1)
    flat = a.shape[-1] == b.shape[-1] == 2
    shape = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    a, b = (np.broadcast_to(v, (*shape, v.shape[-1])) for v in (a, b))
    rows = [
        np.cross(np.append(a[i], [0] * (3 - a.shape[-1])), np.append(b[i], [0] * (3 - b.shape[-1])))
        for i in np.ndindex(*shape)
    ]
    result = np.asarray(rows).reshape((*shape, 3)).astype(np.result_type(x1, x2))
    return result[..., 2] if flat else np.moveaxis(result, -1, axisc)


@composite(
    infer=_cross_rule,
    reference=_cross,
    cases=[
        case(draw(3), draw(3, salt=1)),
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2), draw(2, salt=1), dtypes=("float32", "int32")),
        case(draw(4, 2), draw(3), dtypes=("float32",)),
        case(draw(3), draw(4, 2), dtypes=("float32",)),
        case(draw(3, 4), draw(4, 3), axisa=0, axisb=1, axisc=0),
        case(draw(3, 4), draw(3, 4, salt=1), axis=0),
        case(draw(2, 1, 3), draw(4, 3)),
        case([1, 0, 0], [0, 1, 0]),
        case(draw(3, dtype="int32"), draw(3, dtype="float32")),
        case(draw(0, 3), draw(3)),
        case(draw(4), draw(4), raises=ShapeError, match="two or three"),
        case(draw(3), draw(3), axis=1, raises=ShapeError, match="axis 1"),
        case(draw(2, 3), draw(4, 3), raises=ShapeError, match="broadcast"),
    ],
)
def cross(x1: Tensor, x2: Tensor, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """Cross product: `(a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0)`.

    Args:
        x1: A tensor of vectors of three entries, or of two, the third of which is 0; of any dtype but bool.
        x2: Another, which broadcasts with it beside the vectors.
        axisa: The axis of the vectors of `x1`.
        axisb: The axis of the vectors of `x2`.
        axisc: The axis of the vectors of the result.
        axis: The axis of all three, in the place of the others.

    Returns:
        A tensor of the common dtype: vectors of three entries; of two vectors of two entries the last of these alone.

    Raises:
        ShapeError: There is no such axis, or the shapes do not fit.
        DTypeError: Both tensors are of bools.

    ```python
    >>> cross([1, 0, 0], [0, 1, 0]).tolist()
    [0, 0, 1]

    ```
    """
    first, second, along, _ = _crossed(tuple(x1.shape), tuple(x2.shape), axisa, axisb, axisc, axis)
    a = [get_item(x1, (slice(None),) * first + (i,)) for i in range(x1.shape[first])]
    b = [get_item(x2, (slice(None),) * second + (i,)) for i in range(x2.shape[second])]
    last = subtract(multiply(a[0], b[1]), multiply(a[1], b[0]))
    if along is None:
        return last
    if len(a) == 2:
        parts = [multiply(a[1], b[2]), negative(multiply(a[0], b[2])), last]
    elif len(b) == 2:
        parts = [negative(multiply(a[2], b[1])), multiply(a[2], b[0]), last]
    else:
        parts = [
            subtract(multiply(a[1], b[2]), multiply(a[2], b[1])),
            subtract(multiply(a[2], b[0]), multiply(a[0], b[2])),
            last,
        ]
    return stack(parts, along)


@rules.rule("promote")
def _kron_rule(x1: Spec, x2: Spec) -> Spec:
    ndim = max(len(x1.shape), len(x2.shape))
    first, second = ((1,) * (ndim - len(x.shape)) + x.shape for x in (x1, x2))
    sizes = tuple(rules.size_of(pair) for pair in zip(first, second, strict=True))
    return Spec(sizes, rules.same(rules.common(x1, x2)))


@composite(
    infer=_kron_rule,
    reference=np.kron,
    cases=[
        case(draw(2, 3), draw(3, 2, salt=1)),
        case(draw(3), draw(2)),
        case(draw(2), draw(2, 3)),
        case(draw(2, 2, 2), draw(3)),
        case(draw(), draw(2)),
        case(draw(), draw(salt=1)),
        case(draw(0, 2), draw(3, 2)),
        case([1, 2], [10, 20]),
        case(draw(2, dtype="int32"), draw(2, dtype="float32")),
    ],
)
def kron(x1: Tensor, x2: Tensor) -> Tensor:
    """Kronecker product: `x2` in blocks, one for each entry of `x1`, times that entry.

    Args:
        x1: A tensor of any dtype.
        x2: Another; the one of fewer axes gets axes of size 1 in front.

    Returns:
        A tensor of the common dtype, whose sizes are the products of those of both.

    ```python
    >>> kron([1, 10], [1, 2, 3]).tolist()
    [1, 2, 3, 10, 20, 30]

    ```
    """
    ndim = max(len(x1.shape), len(x2.shape))
    first, second = ((1,) * (ndim - len(x.shape)) + tuple(shape(x)) for x in (x1, x2))
    wide: list[Any] = []
    narrow: list[Any] = []
    for a, b in zip(first, second, strict=True):
        wide += [a, 1]
        narrow += [1, b]
    product = multiply(reshape(x1, tuple(wide)), reshape(x2, tuple(narrow)))
    return reshape(product, tuple(a * b for a, b in zip(first, second, strict=True)))


def _columns(N: Any, size: Any) -> Any:
    if N is None:
        return size
    if isinstance(N, bool) or not hasattr(N, "__index__") or N.__index__() < 0:
        raise ArgumentError("`N` is an integer from 0 on.", received=f"N={N!r}", hint="N=3")
    return N.__index__()


@rules.rule("number")
def _vander_rule(x: Spec, N: int | None = None, increasing: bool = False) -> Spec:
    if len(x.shape) != 1:
        raise ShapeError("The powers are those of the entries of a vector.", received=f"x={x}", hint="ops.ravel(x)")
    return Spec((x.shape[0], _columns(N, x.shape[0])), rules.no_bool(x.dtype))


@composite(
    infer=_vander_rule,
    reference=np.vander,
    cases=[
        case(draw(3)),
        case(draw(4), N=2),
        case(draw(2), 4, increasing=True),
        case(draw(3), N=1),
        case(draw(3), N=0),
        case([0.0, 2.0, -1.0], gradient=False),
        case([1, 2, 3]),
        case([True, False]),
        case(draw(0)),
        case(draw(2, 2), raises=ShapeError, match="of a vector"),
        case(draw(2), N=-1, raises=ArgumentError, match="from 0 on"),
    ],
)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Vandermonde's matrix: row `i` holds the powers of `x[i]`.

    Args:
        x: A vector of any dtype.
        N: The number of columns, the number of rows by default.
        increasing: Whether the powers rise from 0 on, or fall to 0.

    Returns:
        A matrix of the dtype of `x`, int32 for bools.

    Raises:
        ShapeError: `x` is no vector.
        ArgumentError: `N` is no integer from 0 on.

    ```python
    >>> vander([2, 3], 3).tolist()
    [[4, 2, 1], [9, 3, 1]]

    ```
    """
    if len(x.shape) != 1:
        raise ShapeError("a vector", received="")
    size = shape(x)[0]
    count = _columns(N, size)
    column = expand_dims(x, 1)
    if isinstance(count, int) and count < 2:
        return broadcast_to(ones_like(column), (size, count))
    known = isinstance(count, int)
    rest = cumprod(broadcast_to(column, (size, count - 1 if known else maximum(count - 1, 0))), 1)
    powers = concatenate([ones_like(column), rest], 1)
    if not known:
        powers = get_item(powers, (slice(None), slice(None, count)))
    return powers if increasing else flip(powers, 1)
