"""How alike two signals are, one moved along the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add
from multikeras.ops.comparison import greater_equal, where
from multikeras.ops.complex_numbers import conj
from multikeras.ops.conversion import cast, dtype, shape
from multikeras.ops.creation import zeros
from multikeras.ops.indexing import get_item, take
from multikeras.ops.joining import concatenate
from multikeras.ops.products import matmul
from multikeras.ops.ranges import arange
from multikeras.ops.rounding import maximum, minimum
from multikeras.ops.shaping import expand_dims
from multikeras.ops.tiling import pad
from multikeras.ops.turning import flip

_MODES = ("valid", "same", "full")


def _check(s1: Any, s2: Any, mode: Any) -> None:
    if mode not in _MODES:
        raise ArgumentError(f"The mode of a correlation is one of {', '.join(_MODES)}.", received=f"mode={mode!r}")
    if len(s1) != 1 or len(s2) != 1 or 0 in (*s1, *s2):
        raise ShapeError("Signals are vectors of one entry or more.", received=f"shapes {s1} and {s2}")


@rules.rule("float")
def _correlate_rule(x1: Spec, x2: Spec, mode: str = "valid") -> Spec:
    _check(x1.shape, x2.shape, mode)
    name = rules.floating(rules.common(x1, x2))
    first, second = x1.shape[0], x2.shape[0]
    if first is None or second is None:
        return Spec((None,), name)
    shorter, longer = min(first, second), max(first, second)
    return Spec(({"valid": longer - shorter + 1, "same": longer, "full": longer + shorter - 1}[mode],), name)


@composite(
    infer=_correlate_rule,
    reference=np.correlate,
    cases=[
        *(case(draw(6), draw(3), mode=mode) for mode in _MODES),
        *(case(draw(3), draw(6), mode=mode) for mode in _MODES),
        case(draw(5), draw(4), mode="same"),
        case(draw(4), draw(5), mode="same"),
        case(draw(5), draw(2), mode="same"),
        case(draw(3), draw(3)),
        case(draw(1), draw(1), mode="full"),
        case([1, 2, 3], [0, 1], mode="full"),
        case(draw(4, dtype="complex64"), draw(2, dtype="complex64"), mode="full"),
        case(draw(2, dtype="complex64"), draw(4, dtype="complex64"), mode="same"),
        case(draw(3), draw(2), mode="wrap", raises=ArgumentError, match="one of valid"),
        case(draw(2, 3), draw(2), raises=ShapeError, match="are vectors"),
        case(draw(0), draw(2), raises=ShapeError, match="one entry or more"),
    ],
)
def correlate(x1: Tensor, x2: Tensor, mode: str = "valid") -> Tensor:
    """Cross-correlation of two signals: `c[k] = sum(x1[n + k] * conj(x2[n]))`.

    Args:
        x1: A vector of any dtype; integers are taken as floats.
        x2: Another.
        mode: `"full"`: every `k` for which they overlap; `"same"`: as many in the middle as the longer one has entries;
            `"valid"`: those for which the shorter one lies inside the longer one.

    Returns:
        A vector of the common floating dtype.

    Raises:
        ArgumentError: There is no such mode.
        ShapeError: A signal is no vector, or empty.

    ```python
    >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
    [2.0, 3.0]

    ```
    """
    _check(tuple(x1.shape), tuple(x2.shape), mode)
    given = dtype(x1)
    if given in ("float16", "bfloat16"):
        return cast(correlate(cast(x1, "float32"), cast(x2, "float32"), mode), given)
    complex_valued = given in ("complex64", "complex128")
    (first,), (second,) = shape(x1), shape(x2)
    if not isinstance(first, int) or not isinstance(second, int):
        return _of_any_sizes(x1, conj(x2) if complex_valued else x2, first, second, mode)
    if first < second:
        # The other way round the same numbers come backwards, and conjugated.
        turned = flip(correlate(x2, x1, mode))
        return conj(turned) if complex_valued else turned
    around = 0 if mode == "valid" else second - 1
    windows = first - second + 1 + 2 * around
    places = add(expand_dims(arange(windows), 1), arange(second))
    rows = take(pad(x1, ((around, around),)), places, 0)
    result = matmul(rows, conj(x2) if complex_valued else x2)
    if mode == "same":
        start = second - 1 - second // 2
        return get_item(result, slice(start, start + first))
    return result


def _of_any_sizes(x1: Any, x2: Any, first: Any, second: Any, mode: str) -> Any:
    """All places at which signals overlap, and those of them that are asked for."""
    around = zeros((second - 1,), dtype(x1))
    places = add(expand_dims(arange(first + second - 1), 1), arange(second))
    result = matmul(take(concatenate([around, x1, around]), places, 0), x2)
    shorter, longer = minimum(first, second), maximum(first, second)
    if mode == "valid":
        return get_item(result, slice(shorter - 1, longer))
    if mode == "same":
        start = where(greater_equal(first, second), second - 1 - second // 2, first // 2)
        return get_item(result, slice(start, start + longer))
    return result
