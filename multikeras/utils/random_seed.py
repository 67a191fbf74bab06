"""One seed for every generator in reach."""

from __future__ import annotations

import random as python_random

import numpy as np

from multikeras.backend import registry
from multikeras.backend.select import current
from multikeras.errors import ArgumentError
from multikeras.random import seed as seeds


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and the backends' global generators, so that what follows can be repeated.

    Initial weights, shuffles and, in portable mode, every draw are then the same on every backend.

    Args:
        seed: An integer in [0, 2**32).

    Raises:
        ArgumentError: It is none.

    ```python
    >>> import multikeras as keras
    >>> set_random_seed(1)
    >>> first = keras.random.uniform((2,)).tolist()
    >>> set_random_seed(1)
    >>> first == keras.random.uniform((2,)).tolist()
    True

    ```
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ArgumentError("A seed is an integer from 0 to 2**32 - 1.", received=repr(seed), hint="set_random_seed(1)")
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002 - users' code may draw from it
    current()
    for backend in registry.loaded():
        backend.random.set_seed(int(seed))
    seeds.reset_global()
