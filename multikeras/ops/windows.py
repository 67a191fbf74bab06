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


def _made(x: Any, shape: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The window of `shape`, an even function from the places, -1 to 1, to weights. One entry alone weighs 1."""
    count = _length(x)
    if count is None:
        raise ArgumentError(
            "The number of entries of a window is known when a step is compiled.", received=f"x={x}", hint="x=8"
        )
    # Up to the middle: behind it come the same weights again.
    if count > 1:
        places = np.arange((count + 1) // 2, dtype=np.float64)
        places /= (count - 1) / 2
        places -= 1
    else:
        places = np.zeros(count)
    half = shape(places).astype(lattice.numpy_dtype(config.floatx()))
    return convert_to_tensor(np.concatenate([half, np.flip(half[: count // 2])]))


# From how many places on their cosines are products of fewer.
_MANY = 2048


def _wave(places: np.ndarray) -> np.ndarray:
    """`cos(pi p)` of evenly spaced places.

    Of many the angles are sums of one of few large steps and one of few small ones: `cos(a + b) = cos(a) cos(b) -
    sin(a) sin(b)`.
    """
    size = places.shape[0]
    if size < _MANY:
        return np.cos(np.pi * places)
    few = math.isqrt(size - 1) + 1
    step = np.pi * (places[-1] - places[0]) / (size - 1)
    large = np.pi * places[0] + step * few * np.arange(few)[:, None]
    small = step * np.arange(few)
    wave = np.cos(large) * np.cos(small)
    wave -= np.sin(large) * np.sin(small)
    return wave.reshape(-1)[:size]


_CASES = [case(n) for n in (8, 7, 1, 0, 2)] + [
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
    return _made(x, lambda p: 1 - np.abs(p))


def _of_blackman(places: np.ndarray) -> np.ndarray:
    wave = _wave(places)
    # The second cosine is that of twice the angle: 2 wave ** 2 - 1.
    return 0.34 + wave * (0.5 + 0.16 * wave)


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
    return _made(x, lambda p: 0.54 + 0.46 * _wave(p))


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
    return _made(x, lambda p: 0.5 + 0.5 * _wave(p))


@rules.rule()
def _kaiser_rule(x: Any, beta: Any) -> Spec:
    rules.require_number("beta", beta)
    return _window_rule(x)


@composite(
    infer=_kaiser_rule,
    reference=np.kaiser,
    cases=[
        case(8, 14.0),
        case(7, 0.0),
        case(1, 5),
        case(0, 5.0),
        case(5, np.array(2.0, "float32")),
        case(6, 30.0),
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
    width = float(convert_to_numpy(beta).reshape(()).item())
    return _made(x, lambda p: np.i0(width * np.sqrt(1 - p**2)) / np.i0(width))
