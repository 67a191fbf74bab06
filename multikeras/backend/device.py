"""Where new tensors are made."""

from __future__ import annotations

from contextlib import AbstractContextManager

from multikeras.backend.select import current


def device(device_name: str) -> AbstractContextManager:
    """A scope in which the current backend makes new tensors on a device.

    Args:
        device_name: Such as `"cpu"` or `"gpu:0"`.

    Raises:
        ArgumentError: There is no such device.

    ```python
    >>> import multikeras as keras
    >>> with keras.device("cpu"):
    ...     keras.ops.ones((2,)).tolist()
    [1.0, 1.0]

    ```
    """
    return current().devices.scope(device_name)
