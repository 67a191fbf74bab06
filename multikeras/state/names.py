"""Unique names: "dense", "dense_1", ..., per thread-independent counters that `clear_session` resets."""

from __future__ import annotations

import collections
import re

_counts: collections.Counter[str] = collections.Counter()


def to_snake_case(name: str) -> str:
    """`"BatchNormalization"` as `"batch_normalization"`.

    ```python
    >>> to_snake_case("Conv2DTranspose"), to_snake_case("MyDense2")
    ('conv2d_transpose', 'my_dense2')

    ```
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """`prefix`, with a number from its second use on."""
    prefix = to_snake_case(prefix)
    count = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def reset() -> None:
    """Forget every name given so far."""
    _counts.clear()
