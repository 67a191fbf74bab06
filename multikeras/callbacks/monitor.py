"""What callbacks that watch one of the logs share."""

from __future__ import annotations

import math
import warnings
from typing import Any

from multikeras.callbacks.callback import Callback
from multikeras.errors import ArgumentError

# Names, or ends of names, of logs that are better when higher.
_RISING = ("accuracy", "acc", "auc", "precision", "recall", "score", "iou")


class MonitorCallback(Callback):
    """The base of callbacks that compare one of the logs with its best value so far.

    Args:
        monitor: The log's name.
        mode: `"min"`, `"max"`, or `"auto"`: by the name.
        baseline: A value to be better than from the start.
        min_delta: By how much a value is better at least.

    Raises:
        ArgumentError: There is no such mode.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", baseline: float | None = None, min_delta: float = 0
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ArgumentError("`mode` is 'auto', 'min' or 'max'.", received=f"mode={mode!r}")
        self.monitor = monitor
        self.mode = mode
        self.baseline = baseline
        self.min_delta = abs(min_delta)
        self.best: float | None = baseline

    @property
    def rising(self) -> bool:
        """Whether higher is better."""
        if self.mode != "auto":
            return self.mode == "max"
        return any(self.monitor.endswith(word) or f"{word}_" in self.monitor for word in _RISING)

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether a value is better than another; anything but nan is better than none."""
        if than is None:
            return not math.isnan(value)
        gain = value - than if self.rising else than - value
        return gain > self.min_delta

    def current(self, logs: Any) -> float | None:
        """The watched value; a warning where the logs have it not."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            known = ", ".join(logs or ())
            warnings.warn(
                f"{type(self).__name__} watches {self.monitor!r}, which the logs do not have; they have {known}.",
                stacklevel=3,
            )
        return value
