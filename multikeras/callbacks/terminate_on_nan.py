"""TerminateOnNaN: stop when the loss is no number."""

from __future__ import annotations

import math
from typing import Any

from multikeras.callbacks.callback import Callback
from multikeras.errors import StateError


class TerminateOnNaN(Callback):
    """Stops training when the loss of a batch is nan or infinite.

    It looks at the loss of every batch, so the host waits for the device at every step.

    Args:
        raise_error: Whether to raise instead.

    Raises:
        StateError: The loss is nan or infinite, under `raise_error`.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise StateError("The loss is a number.", received=f"loss={loss} at batch {batch}")
        print(f"Batch {batch}: the loss is {loss}, training stops.")
        self.model.stop_training = True
