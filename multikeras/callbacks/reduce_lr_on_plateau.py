"""ReduceLROnPlateau: smaller steps where nothing gets better any more."""

from __future__ import annotations

from typing import Any

from multikeras.callbacks.learning_rates import log_rates, rate_of, with_rates
from multikeras.callbacks.monitor import MonitorCallback
from multikeras.errors import ArgumentError


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by a factor when a value has not got better for some epochs, and logs the rate.

    Args:
        monitor: The log's name.
        factor: What the rate is multiplied by, below 1.
        patience: How many epochs without a better value are allowed.
        verbose: 1 to say when the rate falls.
        mode: `"min"`, `"max"`, or `"auto"`: by the name.
        min_delta: By how much a value is better at least.
        cooldown: For so many epochs after the rate has fallen none is counted.
        min_lr: The least rate.

    Raises:
        ArgumentError: `factor` is 1 or more, or there is no such mode.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if kwargs:
            raise ArgumentError("ReduceLROnPlateau has no such arguments.", received=", ".join(kwargs))
        if factor >= 1.0:
            raise ArgumentError("The rate falls.", received=f"factor={factor}", hint="factor=0.1")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Start afresh."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether epochs are not counted because the rate has just fallen."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare with the best."""
        log_rates(self.model, logs)
        value = self.current(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch: int) -> bool:
        reduced = False
        for name, optimizer in with_rates(self.model).items():
            before = rate_of(optimizer)
            # Rates are kept in float32: one that came from `min_lr` may be a little above it.
            if before > self.min_lr * (1 + 1e-6):
                rate = max(before * self.factor, self.min_lr)
                optimizer.learning_rate = rate
                reduced = True
                if self.verbose > 0:
                    print(f"Epoch {epoch + 1}: {name} falls to {rate}.")
        return reduced
