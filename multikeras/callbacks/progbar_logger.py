"""ProgbarLogger: shows how training, evaluation or prediction gets on."""

from __future__ import annotations

import sys
import time
from typing import Any

from multikeras.callbacks.callback import Callback
from multikeras.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Shows how training gets on: a bar for each epoch with `verbose=1`, a line with 2."""

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self.progbar: Progbar | None = None
        self._training = False
        self._start = 0.0

    def set_params(self, params: dict[str, Any]) -> None:
        """Learn how much to show."""
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = (1 if sys.stdout.isatty() else 2) if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    def _begin(self) -> None:
        # Each drawing waits for the device: less often than ten times a second, with that at the end of an epoch.
        self.progbar = Progbar(target=self.target, verbose=self.verbose, interval=0.125)
        self._start = time.perf_counter()

    def on_train_begin(self, logs: Any = None) -> None:
        """Epochs follow."""
        self._training = True

    def on_train_end(self, logs: Any = None) -> None:
        """No epochs follow."""
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A new bar."""
        self._begin()
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar; it looks at the logs when it is drawn."""
        assert self.progbar is not None
        self.progbar.step(batch + 1, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Finish the bar."""
        assert self.progbar is not None
        if self.target is None:
            self.target = self.progbar.seen
        self.progbar.finish(logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """A bar of its own, unless it is a validation."""
        if not self._training:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar."""
        if not self._training and self.progbar is not None:
            self.progbar.step(batch + 1, logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Finish the bar."""
        if not self._training and self.progbar is not None:
            self.progbar.finish(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """A new bar."""
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar."""
        if self.progbar is not None:
            self.progbar.step(batch + 1, None)

    def on_predict_end(self, logs: Any = None) -> None:
        """Finish the bar."""
        if self.progbar is not None:
            self.progbar.finish(None)
