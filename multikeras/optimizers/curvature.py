"""Curvature from the last steps: the two loops of L-BFGS."""

from __future__ import annotations

from typing import Any

from multikeras import ops


def bent(gradient: Any, steps: Any, changes: Any) -> Any:
    """`H g`, where `H` is the inverse of the second derivatives that steps and changes of the gradient show.

    Without any, it is the gradient, shortened to an L1 norm of at most 1.

    Args:
        gradient: `g`, of shape (n,).
        steps: The last steps, of shape (m, n), the newest first; rows of zeros count as none.
        changes: How the gradient changed by each, likewise.

    Source: Nocedal (1980), "Updating quasi-Newton matrices with limited storage", Mathematics of computation 35; Liu,
    Nocedal (1989), eq. 3.1, for the scale.

    ```python
    >>> from multikeras import ops
    >>> steps, changes = ops.array([[1.0, 0.0]]), ops.array([[4.0, 0.0]])
    >>> bent(ops.array([8.0, 0.0]), steps, changes).tolist()
    [2.0, 0.0]

    ```
    """
    curvatures = ops.sum(ops.multiply(steps, changes), axis=1)
    known = ops.greater(curvatures, 0)
    one = ops.ones_like(curvatures)
    weights = ops.where(known, ops.divide(one, ops.where(known, curvatures, one)), ops.zeros_like(one))
    shares = []
    for i in range(int(steps.shape[0])):
        share = ops.multiply(dot(steps[i], gradient), weights[i])
        gradient = ops.subtract(gradient, ops.multiply(changes[i], share))
        shares.append(share)
    squares = dot(changes[0], changes[0])
    scale = ops.divide(curvatures[0], ops.where(known[0], squares, one[0]))
    length = ops.sum(ops.abs(gradient))
    shortened = ops.divide(1, ops.maximum(length, 1))
    gradient = ops.multiply(gradient, ops.where(known[0], scale, shortened))
    for i in reversed(range(int(steps.shape[0]))):
        share = ops.subtract(shares[i], ops.multiply(dot(changes[i], gradient), weights[i]))
        gradient = ops.add(gradient, ops.multiply(steps[i], share))
    return gradient


def dot(a: Any, b: Any) -> Any:
    """The inner product of two vectors."""
    return ops.sum(ops.multiply(a, b))


def pushed(memory: Any, row: Any) -> Any:
    """The memory with a new first row; the last is forgotten."""
    return ops.concatenate([ops.expand_dims(row, 0), memory[:-1]])
