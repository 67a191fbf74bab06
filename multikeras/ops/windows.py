"""Windows: weights that taper off at both ends of a signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.conversion import convert_to_numpy, convert_to_tensor


def _length(x: Any) -> int | None:
    """The number of entries that a window has, `None` where it has no value yet.

    Raises:
        ArgumentError: It is no number.
    """
    if isinstance(x, (int, float, np.integer, np.floating)):
        value = x
    else:
        spec = argument_spec(x, None)
        if rules.size_of(spec.shape) not in (1, None) or lattice.strong(spec.dtype) in lattice.COMPLEX:
            raise ArgumentError("A window has a number of entries.", received=f"x={spec}", hint="x=8")
        try:
            value = convert_to_numpy(x).reshape(()).item()
        except Exception:  # noqa: BLE001 - symbolic and traced tensors have no values
            return None
    if math.isnan(value) or math.isinf(value):
        raise ArgumentError("A window has a number of entries.", received=f"x={value}", hint="x=8")
    return max(math.ceil(value), 0)


@rules.rule()
def _window_rule(x: Any, *arguments: Any) -> Spec:
    return Spec((_length(x),), config.floatx())


def _made(x: Any, shape: Callable[[np.ndarray], np.ndarray], steep: float = 2 * math.pi) -> Any:
    """The window that rises by `shape`, from the way to the middle, 0 to 1, to weights. One entry alone weighs 1.

    Args:
        x: The number of entries.
        shape: Is smooth: many entries lie on polynomials through few.
        steep: The weights rise and fall no faster than `exp(steep * way)`.
    """
    count = _length(x)
    if count is None:
        raise ArgumentError(
            "The number of entries of a window is known when a step is compiled.", received=f"x={x}", hint="x=8"
        )
    # Up to the middle: behind it come the same weights again.
    size, dtype = (count + 1) // 2, lattice.numpy_dtype(config.floatx())
    if size >= _MANY and steep**2 < math.isqrt(size):
        return convert_to_tensor(_on_polynomials(count, shape, dtype))
    if count == 1:
        return convert_to_tensor(np.ones(1, dtype))
    result = np.empty(count, dtype)
    half = result[:size]
    ways = _counted(0, min(size, _BLOCK)) / ((count - 1) / 2)
    for start in range(0, size, _BLOCK):
        piece = half[start : start + _BLOCK]
        piece[...] = shape(ways[: len(piece)] + start / ((count - 1) / 2))
    result[size:] = np.flip(half[: count // 2])
    return convert_to_tensor(result)


# From how many weights on they are worth the polynomials; how many are made at a time, which stay in the cache.
_MANY = 2048
_BLOCK = 2**15
# Polynomials of degree 11 leave less than what double precision rounds off.
_NODES = 12


def _counted(start: int, stop: int) -> np.ndarray:
    # In this dtype from the start: frameworks that trace NumPy divide integers in float32.
    return np.arange(start, stop, dtype=np.float64)


def _on_polynomials(count: int, shape: Callable[[np.ndarray], np.ndarray], dtype: np.dtype) -> np.ndarray:
    """The window by interpolation between Chebyshev's points, in as many pieces of its half as a piece has entries.

    All pieces have the same points and the same places between them, so this is a product of two small matrices.

    Source:
        J.-P. Berrut and L. N. Trefethen, "Barycentric Lagrange interpolation", 2004, eqs. 4.2 and 5.4.
    """
    size = (count + 1) // 2
    few = math.isqrt(size - 1) + 1
    nodes = 0.5 - 0.5 * np.cos(np.pi * _counted(0, _NODES) / (_NODES - 1))
    weights = (-1.0) ** _counted(0, _NODES)
    weights[[0, -1]] /= 2
    # The first place is the first node, where the weights are 1 and 0.
    between = weights[:, None] / (_counted(1, few) / few - nodes[:, None])
    parts = np.eye(_NODES, few)
    parts[:, 1:] = between / between.sum(0)
    values = shape((_counted(0, few)[:, None] + nodes) * (few / ((count - 1) / 2)))
    result = np.empty(count, dtype)
    rows = max(1, _BLOCK // few)
    for row in range(0, few, rows):
        start = row * few
        piece = np.matmul(values[row : row + rows], parts).reshape(-1)[: size - start]
        result[start : start + piece.size] = piece
        result[count - start - piece.size : count - start] = np.flip(piece)
    return result


# Many entries go another way.
_CASES = [case(n) for n in (8, 7, 1, 0, 2, 5000, 5001)] + [
    case(-3),
    case(np.array(5, "int32")),
    case(float("nan"), raises=ArgumentError, match="number of entries"),
    case([1, 2], raises=ArgumentError, match="number of entries"),
]


@composite(infer=_window_rule, reference=np.bartlett, cases=_CASES, differentiable=False)
def bartlett(x: Any) -> Tensor:
    """Bartlett's window: a triangle, 0 at both ends and 1 in the middle.

    Args:
        x: The number of entries, a number or a scalar tensor with a value; none up to 0.

    Returns:
        A vector of floatx.

    Raises:
        ArgumentError: `x` is no number.

    ```python
    >>> bartlett(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]

    ```
    """
    # A line takes less time than polynomials through it.
    return _made(x, lambda way: way, steep=math.inf)


def _hann(way: np.ndarray) -> np.ndarray:
    # `0.5 - 0.5 cos(pi way)` with all its digits near 0.
    return np.sin(np.pi / 2 * way) ** 2


def _of_blackman(way: np.ndarray) -> np.ndarray:
    # With `cos(2 a) = 2 cos(a)**2 - 1`.
    rise = _hann(way)
    return rise * (0.36 + 0.64 * rise)


@composite(infer=_window_rule, reference=np.blackman, cases=_CASES, differentiable=False)
def blackman(x: Any) -> Tensor:
    """Blackman's window: `0.42 + 0.5 cos(pi p) + 0.08 cos(2 pi p)` for places `p` from -1 to 1.

    Args:
        x: The number of entries, a number or a scalar tensor with a value; none up to 0.

    Returns:
        A vector of floatx.

    Raises:
        ArgumentError: `x` is no number.

    ```python
    >>> blackman(3).round(3).tolist()
    [0.0, 1.0, 0.0]

    ```
    """
    return _made(x, _of_blackman)


@composite(infer=_window_rule, reference=np.hamming, cases=_CASES, differentiable=False)
def hamming(x: Any) -> Tensor:
    """Hamming's window: `0.54 + 0.46 cos(pi p)` for places `p` from -1 to 1.

    Args:
        x: The number of entries, a number or a scalar tensor with a value; none up to 0.

    Returns:
        A vector of floatx.

    Raises:
        ArgumentError: `x` is no number.

    ```python
    >>> hamming(3).tolist()
    [0.07999999821186066, 1.0, 0.07999999821186066]

    ```
    """
    return _made(x, lambda way: 0.08 + 0.92 * _hann(way))


@composite(infer=_window_rule, reference=np.hanning, cases=_CASES, differentiable=False)
def hanning(x: Any) -> Tensor:
    """Hann's window: `0.5 + 0.5 cos(pi p)` for places `p` from -1 to 1.

    Args:
        x: The number of entries, a number or a scalar tensor with a value; none up to 0.

    Returns:
        A vector of floatx.

    Raises:
        ArgumentError: `x` is no number.

    ```python
    >>> hanning(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]

    ```
    """
    return _made(x, _hann)


@rules.rule()
def _kaiser_rule(x: Any, beta: Any) -> Spec:
    rules.require_number("beta", beta)
    return _window_rule(x)


@composite(
    infer=_kaiser_rule,
    reference=np.kaiser,
    cases=[
        case(8, 14.0),
        case(5000, 14.0),
        case(7, 0.0),
        case(1, 5),
        case(0, 5.0),
        case(5, np.array(2.0, "float32")),
        case(6, 30.0),
        case(4098, 5.0),
        case("a", 1.0, raises=ArgumentError, match="number"),
        case(5, (1.0, 2.0), raises=ArgumentError, match="`beta` is a number"),
    ],
    differentiable=False,
)
def kaiser(x: Any, beta: Any) -> Tensor:
    """Kaiser's window: `i0(beta sqrt(1 - p**2)) / i0(beta)` for places `p` from -1 to 1.

    Args:
        x: The number of entries, a number or a scalar tensor with a value; none up to 0.
        beta: How fast it tapers off, a number or a scalar tensor with a value: 0 is a rectangle, 14 is usual.

    Returns:
        A vector of floatx.

    Raises:
        ArgumentError: `x` is no number.

    Source:
        J. F. Kaiser and R. W. Schafer, "On the use of the I0-sinh window for spectrum analysis", 1980, eq. 1.

    ```python
    >>> kaiser(3, 0.0).tolist()
    [1.0, 1.0, 1.0]

    ```
    """
    width = float(beta if isinstance(beta, (int, float)) else convert_to_numpy(beta).reshape(()).item())
    return _made(x, lambda way: np.i0(width * np.sqrt(way * (2 - way))) / np.i0(width), abs(width))
