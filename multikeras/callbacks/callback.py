"""Callback: what is called at certain moments of training, evaluation and prediction."""

from __future__ import annotations

import weakref
from typing import Any


class Callback:
    """The base of all callbacks. A subclass defines the methods of the moments that it is interested in.

    Logs are mappings of names to floats; looking at those of a batch waits for the device.

    ```python
    >>> class Stop(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.model.stop_training = logs["loss"] < 0.1
    >>> Stop().params

    ```
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] | None = None
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model that is being run. It is not kept alive: it holds its `History`, which is a callback itself."""
        return None if self._model is None else self._model()

    def __getstate__(self) -> dict[str, Any]:
        # A copy belongs to no model until it is told of one.
        return {**vars(self), "_model": None}

    def set_params(self, params: dict[str, Any]) -> None:
        """Learn `verbose`, `epochs` and `steps`."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Learn the model."""
        self._model = None if model is None else weakref.ref(model)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of training; `on_train_batch_begin` by its older name."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of training; `on_train_batch_end` by its older name."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch of training."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch of training and its validation, whose logs have names with `val_`."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of training."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of training; the logs are means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of prediction; `logs["outputs"]` has the outputs."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Before training."""

    def on_train_end(self, logs: Any = None) -> None:
        """After training."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Before evaluation."""

    def on_test_end(self, logs: Any = None) -> None:
        """After evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """After prediction."""
