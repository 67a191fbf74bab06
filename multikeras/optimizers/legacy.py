"""The optimizers of older Keras versions, by their names alone: there are none any more."""

from __future__ import annotations

from typing import Any

from multikeras.errors import NotSupportedError


class SGD:
    """Raises: code that asks for an older optimizer learns what there is instead.

    Raises:
        NotSupportedError: Always.

    ```python
    >>> SGD(0.1)
    Traceback (most recent call last):
    ...
    multikeras.errors.NotSupportedError: Optimizers of older Keras versions are gone.
      try: the one of the same name in keras.optimizers

    ```
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError(
            "Optimizers of older Keras versions are gone.", hint="the one of the same name in keras.optimizers"
        )


Adagrad = Adam = Ftrl = Optimizer = RMSprop = SGD
