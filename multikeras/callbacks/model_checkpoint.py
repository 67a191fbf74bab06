"""ModelCheckpoint: save the model while it is trained."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from multikeras.callbacks.batch_count import BatchCount
from multikeras.callbacks.monitor import MonitorCallback
from multikeras.errors import ArgumentError


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after epochs or numbers of batches.

    Args:
        filepath: Where to: a path that ends in `.keras`, or in `.weights.h5` for weights; names of logs,
            `{epoch:02d}` and `{batch}` in braces are filled in.
        monitor: The log that says which model is best.
        verbose: 1 to say when a file is written.
        save_best_only: Whether only a model that is better than all before is saved.
        save_weights_only: Whether only weights are saved.
        mode: `"min"`, `"max"`, or `"auto"`: by the name.
        save_freq: `"epoch"`, or a number of batches.
        initial_value_threshold: A value to be better than from the start.

    Raises:
        ArgumentError: The path's ending is wrong, or `save_freq` is neither.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith((ending, ".h5") if not save_weights_only else ending):
            raise ArgumentError(f"The path ends in {ending!r}.", received=self.filepath, hint=f"'model{ending}'")
        self._count = BatchCount(save_freq)
        self.save_freq = save_freq
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch."""
        self._epoch = epoch
        self._count.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after numbers of batches."""
        if self._count.due(batch):
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after epochs."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        if self.save_best_only:
            value = self.current(logs)
            if value is None or not self.is_better(value, self.best):
                return
            self.best = value
        path = self._path(epoch, batch, logs)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saving to {path}.")
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, batch: int | None, logs: Any) -> str:
        names = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **dict(logs or {})}
        try:
            return self.filepath.format(**names)
        except KeyError as error:
            raise ArgumentError(
                "The path names logs.", received=f"{{{error.args[0]}}} in {self.filepath!r}", hint=", ".join(names)
            ) from error
