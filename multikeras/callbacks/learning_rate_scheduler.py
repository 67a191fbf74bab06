"""LearningRateScheduler: a learning rate for each epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.callbacks.callback import Callback
from multikeras.callbacks.learning_rates import log_rates, rate_of, with_rates
from multikeras.errors import ArgumentError


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch, and logs it at the end.

    Args:
        schedule: A function of the epoch, from 0 on, and the rate so far; or of the epoch alone. It returns a float.
        verbose: 1 to say what the rate is set to.

    Raises:
        ArgumentError: The function returns something else.

    ```python
    >>> import numpy as np
    >>> import multikeras as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> halve = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else 0.5)
    >>> history = model.fit(np.ones((2, 1)), np.ones((2, 1)), epochs=3, verbose=0, callbacks=[halve])
    >>> history.history["learning_rate"]
    [0.5, 0.25, 0.125]

    ```
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate."""
        for name, optimizer in with_rates(self.model).items():
            rate = self.schedule(epoch, rate_of(optimizer)) if self._takes_rate else self.schedule(epoch)
            if not isinstance(rate, (float, np.floating)):
                raise ArgumentError("A schedule returns a float.", received=repr(rate), hint=f"float({rate!r})")
            optimizer.learning_rate = float(rate)
            if self.verbose > 0:
                print(f"Epoch {epoch + 1}: {name} is {rate}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log it."""
        log_rates(self.model, logs)


def _takes_two(schedule: Callable) -> bool:
    try:
        signature = inspect.signature(schedule)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(0, 0.0)
    except TypeError:
        return False
    return True
