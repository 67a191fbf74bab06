"""Keeps the keys of dicts in their written order on their way through a framework's transforms.

Trees of some frameworks sort the keys of a `dict`, but leave those of an `OrderedDict` as they are.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any


def keep(x: Any) -> Any:
    """`x` with every dict as an `OrderedDict`; tuples and lists are gone through.

    ```python
    >>> list(keep({"b": 1, "a": 2}).items())
    [('b', 1), ('a', 2)]

    ```
    """
    if type(x) is dict:
        return OrderedDict((k, keep(v)) for k, v in x.items())
    if type(x) is tuple or type(x) is list:
        return type(x)([keep(v) for v in x])
    return x


def plain(x: Any) -> Any:
    """What `keep` was given."""
    if type(x) is OrderedDict:
        return {k: plain(v) for k, v in x.items()}
    if type(x) is tuple or type(x) is list:
        return type(x)([plain(v) for v in x])
    return x
