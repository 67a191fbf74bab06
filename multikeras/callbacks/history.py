"""History: the logs of each epoch."""

from __future__ import annotations

from typing import Any

from multikeras.callbacks.callback import Callback


class History(Callback):
    """The logs of each epoch, by name; `fit` returns one.

    ```python
    >>> History().history
    {}

    ```
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Start afresh."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
