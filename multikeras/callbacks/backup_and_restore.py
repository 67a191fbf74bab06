"""BackupAndRestore: training that goes on after an interruption."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from multikeras.callbacks.batch_count import BatchCount
from multikeras.callbacks.callback import Callback
from multikeras.errors import ArgumentError, FileFormatError, MultikerasError
from multikeras.saving.atomic import atomic_path

_STATE = "training_metadata.json"
_PREVIOUS = f"{_STATE}.bkp"


class BackupAndRestore(Callback):
    """Saves weights, the optimizer's state and how far training got; `fit` with it goes on from there.

    A backup is there whole or not at all, whenever the process ends. Training goes on with the epoch, and the batch of
    it, that would have come next; the logs of that epoch are of the batches that are left. Which batches these are
    follows from the data: where it is shuffled, they are drawn anew.

    Args:
        backup_dir: A folder for the backups of this training, and of no other.
        save_freq: `"epoch"`, or a number of batches.
        double_checkpoint: Whether the backup before the last one is kept too, for when the last is damaged.
        delete_checkpoint: Whether the backups are deleted when training has come to its end.

    Raises:
        ArgumentError: There is no folder's name, or `save_freq` is neither.
        FileFormatError: The backups are damaged.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir or not os.fspath(backup_dir):
            raise ArgumentError("Backups have a folder.", received=repr(backup_dir), hint="backup_dir='backup'")
        self.backup_dir = pathlib.Path(os.fspath(backup_dir))
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._count = BatchCount(save_freq)
        self._epoch = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Load the last backup, where there is one, and tell the loop where to go on."""
        self._count = BatchCount(self.save_freq)
        damaged: Exception | None = None
        for name in (_STATE, _PREVIOUS):
            path = self.backup_dir / name
            if not path.exists():
                continue
            try:
                state = json.loads(path.read_text(encoding="utf-8"))
                self.model.load_weights(self.backup_dir / state["weights"])
                self.model._resumes_at = int(state["epoch"]), int(state["batch"])
                return
            except (OSError, ValueError, KeyError, TypeError, MultikerasError) as error:
                damaged = damaged or error
        if damaged is not None:
            raise FileFormatError(
                "The backup is one of this model's.",
                received=f"{self.backup_dir}: {damaged}",
                hint="another backup_dir",
            ) from damaged

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch."""
        self._epoch = epoch
        self._count.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after numbers of batches."""
        if self._count.due(batch):
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after epochs."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def _save(self, epoch: int, batch: int) -> None:
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        path = self.backup_dir / _STATE
        weights = f"{epoch}-{batch}.weights.h5"
        self.model.save_weights(self.backup_dir / weights, overwrite=True)
        if self.double_checkpoint and path.exists():
            with atomic_path(self.backup_dir / _PREVIOUS) as fresh:
                fresh.write_bytes(path.read_bytes())
        # From here on it is the new weights that a restart loads.
        with atomic_path(path) as fresh:
            fresh.write_text(json.dumps({"epoch": epoch, "batch": batch, "weights": weights}), encoding="utf-8")
        kept = {json.loads(p.read_text(encoding="utf-8"))["weights"] for p in self._states()}
        for old in self.backup_dir.glob("*.weights.h5"):
            if old.name not in kept:
                old.unlink()

    def _states(self) -> list[pathlib.Path]:
        return [p for p in (self.backup_dir / _STATE, self.backup_dir / _PREVIOUS) if p.exists()]

    def on_train_end(self, logs: Any = None) -> None:
        """Delete the backups."""
        if not self.delete_checkpoint or not self.backup_dir.is_dir():
            return
        for path in (*self._states(), *self.backup_dir.glob("*.weights.h5")):
            path.unlink()
        if not any(self.backup_dir.iterdir()):
            self.backup_dir.rmdir()
