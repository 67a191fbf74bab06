"""Products with matrices of few entries a row, such as the shares of old pixels in new ones."""

from __future__ import annotations

import numpy as np

Band = tuple[np.ndarray, np.ndarray]
"""Of each row of a matrix the place of its first entry, and as many entries from there on as any row needs."""


def band(matrix: np.ndarray) -> Band:
    """The entries of a matrix that are not 0.

    >>> band(np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 2.0]]))[0].tolist()
    [0, 1]
    """
    there = matrix != 0
    first = there.argmax(1)
    taps = int((matrix.shape[1] - there[:, ::-1].argmax(1) - first).max())
    first = np.minimum(first, matrix.shape[1] - taps)
    return first, np.take_along_axis(matrix, first[:, None] + np.arange(taps), 1).T.copy()


def banded_product(matrix: Band, x: np.ndarray, axis: int) -> np.ndarray:
    """The weighted sums of `x` along an axis, by the entries of a matrix that are not 0 alone.

    Args:
        matrix: The band of a matrix of shape `(count, size of the axis)` and the dtype of `x`.
        x: An array.
        axis: Which axis, from 0 on.

    Returns:
        An array like `x` with `count` entries along the axis.

    >>> matrix = band(np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 2.0]]))
    >>> banded_product(matrix, np.array([1.0, 3.0, 5.0]), 0)
    array([ 2., 10.])
    """
    first, shares = matrix
    count = len(first)
    # Entries behind the axis are one with it: what is taken together is a row of them.
    behind = int(np.prod(x.shape[axis + 1 :], dtype=int))
    if axis and behind < _FEW:
        first = (first[:, None] * behind + np.arange(behind)).reshape(-1)
        shares, step = np.repeat(shares, behind, 1), behind
        lines = x.reshape(*x.shape[:axis], x.shape[axis] * behind)
    else:
        shares, step = shares[..., None], 1
        lines = x.reshape(*x.shape[: axis + 1], behind)
    result = np.take(lines, first, axis)
    result *= shares[0]
    for t in range(1, len(shares)):
        part = np.take(lines, first + t * step, axis)
        part *= shares[t]
        result += part
    return result.reshape(*x.shape[:axis], count, *x.shape[axis + 1 :])


# Below how many entries a row is taken entry by entry.
_FEW = 16
