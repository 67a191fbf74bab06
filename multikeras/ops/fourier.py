"""Discrete Fourier transforms. Complex numbers are pairs of real tensors here, as in Keras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, negative, subtract
from multikeras.ops.conversion import cast, convert_to_tensor
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.decompositions import known_sizes, wide
from multikeras.ops.products import matmul
from multikeras.ops.shaping import swapaxes
from multikeras.ops.tiling import pad

# -- Rules ----------------------------------------------------------------------------------------------------


def pair_spec(op: str, x: Sequence[Spec], axes: int) -> Spec:
    """The common spec of real and imaginary parts.

    Raises:
        ArgumentError: There are not two tensors.
        ShapeError: Their shapes differ, or they have too few axes.
        DTypeError: They are not real.
    """
    if len(x) != 2:
        raise ArgumentError(
            f"ops.{op} takes a pair of tensors, the real and the imaginary parts.", received=f"{len(x)} tensors"
        )
    real, imag = x
    fits = len(real.shape) == len(imag.shape) and all(
        m == n or m is None or n is None for m, n in zip(real.shape, imag.shape, strict=True)
    )
    if not fits:
        raise ShapeError("Real and imaginary parts have one shape.", received=f"{real} and {imag}")
    if len(real.shape) < axes:
        raise ShapeError(f"ops.{op} is along the last {axes} axes.", received=f"{real}")
    return Spec(real.shape, rules.floating(rules.common(*x)))


def transform_length(fft_length: Any) -> int | None:
    """How many entries are transformed, `None` where the tensor says it.

    Raises:
        ArgumentError: It is no count.
    """
    if fft_length is None:
        return None
    if isinstance(fft_length, bool) or not hasattr(fft_length, "__index__") or fft_length < 1:
        raise ArgumentError("`fft_length` is an integer from 1 on, or None.", received=f"fft_length={fft_length!r}")
    return int(fft_length)


def _pair_rule(op: str, axes: int) -> Callable:
    @rules.rule(cast="float")
    def infer(x: list[Spec]) -> tuple[Spec, Spec]:
        spec = pair_spec(op, x, axes)
        if any(size == 0 for size in spec.shape[-axes:]):
            raise ShapeError("A transform is of at least one entry.", received=f"empty {spec}")
        return spec, spec

    return infer


@rules.rule(cast="float")
def _rfft_rule(x: Spec, fft_length: int | None = None) -> tuple[Spec, Spec]:
    dtype = rules.floating(rules.common(x))
    if not x.shape:
        raise ShapeError("ops.rfft is along the last axis.", received=f"x={x}")
    count = x.shape[-1] if transform_length(fft_length) is None else transform_length(fft_length)
    if count == 0:
        raise ShapeError("A transform is of at least one entry.", received=f"empty {x}")
    spec = Spec((*x.shape[:-1], None if count is None else count // 2 + 1), dtype)
    return spec, spec


@rules.rule(cast="float")
def _irfft_rule(x: list[Spec], fft_length: int | None = None) -> Spec:
    spec = pair_spec("irfft", x, 1)
    count = transform_length(fft_length)
    if count is None and spec.shape[-1] is not None:
        count = 2 * (spec.shape[-1] - 1)
        if count < 1:
            raise ShapeError("A transform is of at least one entry.", received=f"{spec}", hint="fft_length=1")
    return Spec((*spec.shape[:-1], count), spec.dtype)


# -- Oracles --------------------------------------------------------------------------------------------------


def _parts(z: Any) -> tuple[np.ndarray, np.ndarray]:
    return z.real, z.imag


def _complex(x: Sequence[np.ndarray]) -> np.ndarray:
    return x[0] + 1j * x[1]


# -- Bodies ---------------------------------------------------------------------------------------------------


def _waves(count: int, bins: int, like: Any) -> tuple[Any, Any]:
    """`cos` and `sin` of `2 pi k t / count` for `count` times and so many frequencies."""
    # The product is taken modulo the count, where it is exact.
    angle = 2 * np.pi * (np.outer(np.arange(count), np.arange(bins)) % count) / count
    dtype = dtype_of(like)
    return convert_to_tensor(np.cos(angle), dtype), convert_to_tensor(np.sin(angle), dtype)


def _transformed(real: Any, imag: Any) -> tuple[Any, Any]:
    """The transform along the last axis, as a product with the matrix of waves."""
    count = known_sizes(real, "fft")[-1]
    cos, sin = _waves(count, count, real)
    return (
        add(matmul(real, cos), matmul(imag, sin)),
        subtract(matmul(imag, cos), matmul(real, sin)),
    )


def _fitted(x: Any, count: int) -> Any:
    """`x` with so many entries along the last axis: the first ones, and zeros after them."""
    size = x.shape[-1]
    if count <= size:
        return x[..., :count]
    return pad(x, [*[(0, 0)] * (len(x.shape) - 1), (0, count - size)])


def _checked(rule: Callable, x: Any, *arguments: Any) -> Any:
    specs = [Spec(tuple(e.shape), dtype_of(e)) for e in (x if isinstance(x, (list, tuple)) else [x])]
    rule(specs if isinstance(x, (list, tuple)) else specs[0], *arguments)


_fft_rule, _fft2_rule, _ifft2_rule = _pair_rule("fft", 1), _pair_rule("fft2", 2), _pair_rule("ifft2", 2)

_PAIR = [draw(2, 6), draw(2, 6, salt=1)]
_ODD = [draw(3, 5), draw(3, 5, salt=1)]
_BAD = [
    case([draw(4)], dtypes=("float32",), raises=ArgumentError, match="pair of tensors"),
    case([draw(4, 4), draw(4, 3)], dtypes=("float32",), raises=ShapeError, match="one shape"),
    case([draw(2, 0), draw(2, 0)], dtypes=("float32",), raises=ShapeError, match="at least one entry"),
]


@composite(
    infer=_fft_rule,
    reference=lambda x: _parts(np.fft.fft(_complex(x))),
    cases=[
        case(_PAIR, tolerance=32),
        case(_ODD, tolerance=32),
        case([draw(1), draw(1, salt=1)], tolerance=32, dtypes=("float32",)),
        *_BAD,
    ],
    real=True,
)
def fft(x: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Discrete Fourier transform along the last axis: `y[k] = sum_t x[t] * exp(-2 pi i k t / n)`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: Real and imaginary parts: two tensors of one shape (..., n); integers are taken as floats.

    Returns:
        Real and imaginary parts of the transform, of the same shape.

    Raises:
        ArgumentError, ShapeError, DTypeError: These are no such parts.

    ```python
    >>> import multikeras as keras
    >>> real, imag = fft(([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]))
    >>> real.tolist()
    [1.0, 1.0, 1.0, 1.0]

    ```
    """
    _checked(_fft_rule, x)
    dtype = dtype_of(x[0])
    real, imag = _transformed(wide(x[0]), wide(x[1]))
    return cast(real, dtype), cast(imag, dtype)


@composite(
    infer=_fft2_rule,
    reference=lambda x: _parts(np.fft.fft2(_complex(x))),
    cases=[
        case([draw(2, 4, 6), draw(2, 4, 6, salt=1)], tolerance=64),
        case(_ODD, tolerance=64),
        case([draw(4), draw(4)], dtypes=("float32",), raises=ShapeError, match="last 2 axes"),
        *_BAD,
    ],
    real=True,
)
def fft2(x: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Discrete Fourier transform along the last two axes. See `fft`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: Real and imaginary parts: two tensors of one shape (..., m, n); integers are taken as floats.

    Returns:
        Real and imaginary parts of the transform, of the same shape.

    Raises:
        ArgumentError, ShapeError, DTypeError: These are no such parts.

    ```python
    >>> real, imag = fft2(([[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]))
    >>> real.tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    ```
    """
    _checked(_fft2_rule, x)
    dtype = dtype_of(x[0])
    rows = _transformed(wide(x[0]), wide(x[1]))
    turned = _transformed(swapaxes(rows[0], -1, -2), swapaxes(rows[1], -1, -2))
    real, imag = (cast(swapaxes(part, -1, -2), dtype) for part in turned)
    return real, imag


@composite(
    infer=_ifft2_rule,
    reference=lambda x: _parts(np.fft.ifft2(_complex(x))),
    cases=[
        case([draw(2, 4, 6), draw(2, 4, 6, salt=1)], tolerance=32),
        case(_ODD, tolerance=32),
        case([draw(4), draw(4)], dtypes=("float32",), raises=ShapeError, match="last 2 axes"),
        *_BAD,
    ],
    real=True,
)
def ifft2(x: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """What `fft2` transforms to `x`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: Real and imaginary parts: two tensors of one shape (..., m, n); integers are taken as floats.

    Returns:
        Real and imaginary parts, of the same shape.

    Raises:
        ArgumentError, ShapeError, DTypeError: These are no such parts.

    ```python
    >>> real, imag = ifft2(([[4.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]))
    >>> real.tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    ```
    """
    _checked(_ifft2_rule, x)
    dtype = dtype_of(x[0])
    # The transform backwards is the conjugate of that of the conjugate.
    real, imag = fft2([wide(x[0]), negative(wide(x[1]))])
    count = float(real.shape[-1] * real.shape[-2])
    return cast(divide(real, count), dtype), cast(divide(imag, -count), dtype)


@composite(
    infer=_rfft_rule,
    reference=lambda x, fft_length=None: _parts(np.fft.rfft(x, fft_length)),
    cases=[
        case(draw(2, 6), tolerance=32),
        case(draw(3, 5), tolerance=32),
        case(draw(2, 6), 4, tolerance=32),
        case(draw(2, 6), fft_length=9, tolerance=32),
        case(draw(1), tolerance=32, dtypes=("float32",)),
        case(draw(), dtypes=("float32",), raises=ShapeError, match="last axis"),
        case(draw(4), 0, dtypes=("float32",), raises=ArgumentError, match="from 1 on"),
    ],
    real=True,
)
def rfft(x: Tensor, fft_length: int | None = None) -> tuple[Tensor, Tensor]:
    """The first half of the discrete Fourier transform of real numbers; the rest are its conjugates.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A real tensor of shape (..., t); integers are taken as floats.
        fft_length: How many entries are transformed: `x` is cut off, or followed by zeros. By default `t`.

    Returns:
        Real and imaginary parts of the transform, of shape (..., fft_length // 2 + 1).

    Raises:
        ArgumentError: `fft_length` is no count.
        ShapeError: `x` has no axis.
        DTypeError: `x` is complex.

    ```python
    >>> real, imag = rfft([1.0, 0.0, 0.0, 0.0])
    >>> real.tolist()
    [1.0, 1.0, 1.0]

    ```
    """
    _checked(_rfft_rule, x, fft_length)
    dtype, y = dtype_of(x), wide(x)
    count = known_sizes(x, "rfft")[-1] if fft_length is None else int(fft_length)
    cos, sin = _waves(count, count // 2 + 1, y)
    y = _fitted(y, count)
    return cast(matmul(y, cos), dtype), cast(negative(matmul(y, sin)), dtype)


@composite(
    infer=_irfft_rule,
    reference=lambda x, fft_length=None: np.fft.irfft(_complex(x), fft_length),
    cases=[
        case(_PAIR, tolerance=32),
        case(_ODD, tolerance=32),
        case(_PAIR, 7, tolerance=32),
        case(_PAIR, fft_length=14, tolerance=32),
        case(_ODD, 4, tolerance=32),
        case(_PAIR, 0, dtypes=("float32",), raises=ArgumentError, match="from 1 on"),
        *_BAD,
    ],
    real=True,
)
def irfft(x: Sequence[Tensor], fft_length: int | None = None) -> Tensor:
    """The real numbers that `rfft` transforms to `x`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: Real and imaginary parts: two tensors of one shape (..., k); integers are taken as floats.
        fft_length: How many numbers these are: `x` is cut off, or followed by zeros. By default `2 * (k - 1)`.

    Returns:
        A real floating tensor of shape (..., fft_length).

    Raises:
        ArgumentError, ShapeError, DTypeError: These are no such parts, or `fft_length` is no count.

    ```python
    >>> irfft(([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])).tolist()
    [1.0, 0.0, 0.0, 0.0]

    ```
    """
    _checked(_irfft_rule, x, fft_length)
    dtype = dtype_of(x[0])
    real, imag = wide(x[0]), wide(x[1])
    count = 2 * (known_sizes(real, "irfft")[-1] - 1) if fft_length is None else int(fft_length)
    bins = count // 2 + 1
    # All but the first, and the last of an even number, stand for their conjugates too.
    weights = np.full(bins, 2.0 / count)
    weights[0] = 1.0 / count
    if count % 2 == 0:
        weights[-1] = 1.0 / count
    angle = 2 * np.pi * (np.outer(np.arange(bins), np.arange(count)) % count) / count
    cos = convert_to_tensor(weights[:, None] * np.cos(angle), dtype_of(real))
    sin = convert_to_tensor(weights[:, None] * np.sin(angle), dtype_of(real))
    return cast(subtract(matmul(_fitted(real, bins), cos), matmul(_fitted(imag, bins), sin)), dtype)
