"""OrbaxCheckpoint: the state of a model in Orbax's checkpoints while it is trained."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
from typing import Any

from multikeras.callbacks.batch_count import BatchCount
from multikeras.callbacks.monitor import MonitorCallback
from multikeras.errors import FileFormatError, MissingExtraError
from multikeras.saving.state_tree import load_state_tree, state_tree

# What a checkpoint consists of; a folder for each below that of its step.
_STATE = "pytree"
_CONFIG = "model_config"


class OrbaxCheckpoint(MonitorCallback):
    """Saves the state of the model after epochs or numbers of batches, as Orbax does for JAX; on every backend.

    A checkpoint is a folder with the step's number: that of the epoch from 0 on, or that of the batches so far. In it
    are the values of all variables, as a tree of arrays, and the model's configuration. It needs the package
    `orbax-checkpoint`.

    Args:
        directory: The folder for checkpoints.
        monitor: The log that says which model is best.
        verbose: 1 to say when a checkpoint is written.
        save_best_only: Whether only a model that is better than all before is saved.
        mode: `"min"`, `"max"`, or `"auto"`: by the name.
        save_freq: `"epoch"`, or a number of batches.
        initial_value_threshold: A value to be better than from the start.
        max_to_keep: How many checkpoints are kept, the newest; `None` for all.
        save_on_background: Whether training goes on while files are written.
        save_weights_only: Whether the optimizer, the metrics and the configuration are left out.

    Raises:
        MissingExtraError: The package is not installed.
        ArgumentError: `save_freq` is neither.
    """

    def __init__(
        self,
        directory: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self._orbax = _orbax()
        # Orbax takes no relative paths.
        self.directory = str(pathlib.Path(os.fspath(directory)).absolute())
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_freq = save_freq
        self.max_to_keep = max_to_keep
        self.save_on_background = save_on_background
        self.save_weights_only = save_weights_only
        self._count = BatchCount(save_freq)
        self._manager: Any = None

    def is_multihost_enabled(self) -> bool:
        """Whether several processes train one model."""
        return self._orbax.multihost.process_count() > 1

    def is_primary_host(self) -> bool:
        """Whether this process is the first of them."""
        return self._orbax.multihost.process_index() == 0

    def _open(self) -> Any:
        if self._manager is None:
            options = self._orbax.CheckpointManagerOptions(
                max_to_keep=self.max_to_keep, enable_async_checkpointing=self.save_on_background, create=True
            )
            self._manager = self._orbax.CheckpointManager(self.directory, options=options)
        return self._manager

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Batches are counted from 0 again."""
        self._count.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after numbers of batches."""
        if self._count.due(batch):
            self._save(self._count.total, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after epochs."""
        if self.save_freq == "epoch":
            self._save(epoch, logs)

    def _save(self, step: int, logs: Any) -> None:
        if self.save_best_only:
            value = self.current(logs)
            if value is None or not self.is_better(value, self.best):
                return
            self.best = value
        if self.verbose:
            print(f"Step {step}: saving to {self.directory}.")
        args = self._orbax.args
        tree = state_tree(self.model)
        parts: dict[str, Any] = {}
        if self.save_weights_only:
            tree = {group: tree[group] for group in ("trainable_variables", "non_trainable_variables")}
        else:
            parts[_CONFIG] = args.JsonSave({"config": json.dumps(json.loads(self.model.to_json()))})
        parts[_STATE] = args.StandardSave({group: values for group, values in tree.items() if values})
        # A step may be there from an earlier training; its place is taken.
        manager = self._open()
        if step in manager.all_steps():
            manager.delete(step)
        manager.save(step, args=args.Composite(**parts), force=True)

    def wait_until_finished(self) -> None:
        """Wait until every checkpoint is written."""
        if self._manager is not None:
            self._manager.wait_until_finished()

    def on_train_end(self, logs: Any = None) -> None:
        """Wait until every checkpoint is written."""
        if self._manager is not None:
            self._manager.wait_until_finished()
            self._manager.close()
            self._manager = None

    def restore(self, model: Any, step: int | None = None) -> int:
        """Give a model the state of a checkpoint.

        Args:
            model: A model equal to the one saved, built, and compiled where the optimizer's state is wanted.
            step: The checkpoint; the newest by default.

        Returns:
            The checkpoint's step.

        Raises:
            FileFormatError: There is no such checkpoint.
            ShapeError: A variable is missing in it, or has another shape.
        """
        import numpy as np

        manager = self._open()
        manager.wait_until_finished()
        step = manager.latest_step() if step is None else step
        if step is None or step not in manager.all_steps():
            raise FileFormatError(
                "The checkpoint is there.",
                received=f"{self.directory}, step {step}",
                hint=f"one of {sorted(manager.all_steps())}",
            )
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        # Without a description of what it was, a tree comes back in the form that this process would save.
        path = pathlib.Path(self.directory) / str(step) / _STATE
        with self._orbax.PyTreeCheckpointer() as reader:
            kept = reader.metadata(path)
            tree = getattr(getattr(kept, "item_metadata", kept), "tree", None) or kept.item_metadata
            as_arrays = _map(lambda _: self._orbax.RestoreArgs(restore_type=np.ndarray), tree)
            values = reader.restore(path, args=self._orbax.args.PyTreeRestore(restore_args=as_arrays))
        load_state_tree(model, values)
        return step


def _map(fn: Any, tree: Any) -> Any:
    return {key: _map(fn, value) for key, value in tree.items()} if isinstance(tree, dict) else fn(tree)


def _orbax() -> Any:
    try:
        return importlib.import_module("orbax.checkpoint")
    except ImportError as error:
        raise MissingExtraError(
            "Orbax's checkpoints are written by the package orbax-checkpoint.", hint="pip install 'multikeras[orbax]'"
        ) from error
