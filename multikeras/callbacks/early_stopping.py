"""EarlyStopping: stop when nothing gets better any more."""

from __future__ import annotations

from typing import Any

from multikeras.callbacks.monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stops training when a value has not got better for some epochs.

    Args:
        monitor: The log's name.
        min_delta: By how much a value is better at least.
        patience: How many epochs without a better value are allowed.
        verbose: 1 to say when training stops.
        mode: `"min"`, `"max"`, or `"auto"`: by the name.
        baseline: A value to be better than from the start.
        restore_best_weights: Whether the model gets the weights of the best epoch back.
        start_from_epoch: Epochs before this one are not looked at.

    Raises:
        ArgumentError: There is no such mode.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, baseline, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Start afresh."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None

    def get_monitor_value(self, logs: Any) -> float | None:
        """The watched value; a warning where the logs have it not."""
        return self.current(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare with the best."""
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            # If no epoch is any better, those of the first are kept.
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self.is_better(value, self.best):
            self.best = value
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Give the best weights back."""
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: training stops early.")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"The weights are those of the best epoch, {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
