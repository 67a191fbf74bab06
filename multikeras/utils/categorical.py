"""Class numbers as one-hot vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.errors import ArgumentError


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """One-hot vectors of class numbers.

    Args:
        x: Integers from 0 on, of any shape; a last axis of size 1 is dropped.
        num_classes: How many classes there are; one more than the largest by default.

    Returns:
        Floats of shape (..., num_classes): a NumPy array, or a tensor where `x` is one.

    Raises:
        ArgumentError: There is a class out of range.

    ```python
    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    ```
    """
    from multikeras import ops

    tensor = ops.is_tensor(x) and not isinstance(x, np.ndarray)
    classes = np.asarray(ops.convert_to_numpy(x) if tensor else x).astype(np.int64)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes.reshape(classes.shape[:-1])
    count = int(classes.max(initial=-1)) + 1 if num_classes is None else num_classes
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        raise ArgumentError(f"Class numbers lie in [0, {count}).", received=f"from {classes.min()} to {classes.max()}")
    vectors = np.eye(count, dtype=np.float32)[classes]
    return ops.convert_to_tensor(vectors) if tensor else vectors
