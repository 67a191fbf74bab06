"""Trainer: what makes a model trainable; the base of `Model`."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import use_backend
from multikeras.errors import ArgumentError
from multikeras.training import loop
from multikeras.training.base.steps import Steps
from multikeras.training.unpack import pack_x_y_sample_weight


class Trainer(Steps):
    """Compiling, fitting, evaluating and predicting."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for some epochs.

        Args:
            x: Inputs: arrays or tensors nested like the model's inputs, or a generator of batches.
            y: Targets, nested like the outputs.
            batch_size: Samples a batch, 32 by default.
            epochs: The epoch to stop after, counted from zero.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch; `"auto"` is 1 on a terminal and 2 elsewhere.
            callbacks: `Callback`s.
            validation_split: The share of the data, taken from its end before shuffling, that is evaluated on.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate on after each epoch.
            shuffle: Whether the samples are shuffled before each epoch, alike on every backend.
            class_weight: A weight for each class number.
            sample_weight: A weight for each sample.
            initial_epoch: The epoch to start at.
            steps_per_epoch: Batches an epoch; all by default.
            validation_steps: Batches to evaluate on; all by default.
            validation_batch_size: Samples a batch of evaluation; `batch_size` by default.
            validation_freq: Epochs between evaluations, or the epochs (from 1) to evaluate after.

        Returns:
            The `History`: logs of each epoch by name.

        Raises:
            StateError: The model is not compiled.
            ArgumentError: The data's lengths differ, or an argument has no meaning.
        """
        self._needs_compile("fit")
        with use_backend(self._backend):
            return loop.fit(
                self,
                x=x,
                y=y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation_split,
                validation_data=validation_data,
                shuffle=shuffle,
                class_weight=class_weight,
                sample_weight=sample_weight,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and the metrics over some data.

        Args:
            x: Inputs, as in `fit`.
            y: Targets.
            batch_size: Samples a batch, 32 by default.
            verbose: As in `fit`.
            sample_weight: A weight for each sample.
            steps: Batches to evaluate on; all by default.
            callbacks: `Callback`s.
            return_dict: Whether the results come by name.
            kwargs: None are taken.

        Returns:
            The loss as a float where there is nothing else, a list with the metrics behind it, or a dict.
        """
        self._needs_compile("evaluate")
        if kwargs:
            raise ArgumentError("evaluate has no such arguments.", received=", ".join(kwargs))
        with use_backend(self._backend):
            logs = loop.evaluate(self, x, y, batch_size, verbose, sample_weight, steps, callbacks)
        return logs if return_dict else flatten_logs(self, logs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        stream: bool = False,
        out: Any = None,
    ) -> Any:
        """The outputs for some data, as NumPy arrays.

        Args:
            x: Inputs, as in `fit`.
            batch_size: Samples a batch, 32 by default.
            verbose: As in `fit`.
            steps: Batches to predict for; all by default.
            callbacks: `Callback`s.
            stream: Whether to return an iterator over the outputs of each batch, which are computed as they are asked
                for: memory does not grow with the data.
            out: Arrays to write the outputs into, nested like them, such as memory maps; they are returned.

        Raises:
            ArgumentError: `out` is no array, or both `stream` and `out` are given.
            ShapeError: `out` does not have a row of the outputs' shape for each sample.
            DTypeError: `out` cannot hold the outputs.

        ```python
        >>> import numpy as np
        >>> import multikeras as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> [part.shape for part in model.predict(np.ones((5, 3)), batch_size=2, stream=True, verbose=0)]
        [(2, 2), (2, 2), (1, 2)]

        ```
        """
        if stream:
            if out is not None:
                raise ArgumentError("Outputs are streamed, or written into arrays.", received="stream=True and out")
            return loop.predict_stream(self, x, batch_size, verbose, steps, callbacks)
        with use_backend(self._backend):
            return loop.predict(self, x, batch_size, verbose, steps, callbacks, out)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of training on a batch; the loss and the metrics so far."""
        self._needs_compile("train_on_batch")
        with use_backend(self._backend):
            logs = loop.on_batch(self, "train", pack_x_y_sample_weight(x, y, sample_weight), class_weight)
        return logs if return_dict else flatten_logs(self, logs)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """One step of evaluation on a batch; the loss and the metrics so far."""
        self._needs_compile("test_on_batch")
        with use_backend(self._backend):
            logs = loop.on_batch(self, "test", pack_x_y_sample_weight(x, y, sample_weight))
        return logs if return_dict else flatten_logs(self, logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for a batch, as NumPy arrays."""
        with use_backend(self._backend):
            return loop.on_batch(self, "predict", (x,))


def flatten_logs(model: Any, logs: dict[str, Any]) -> Any:
    """Logs as `evaluate` returns them: the loss alone, or a list in the order of the metrics."""
    values = [float(v) for v in logs.values()]
    return values[0] if len(values) == 1 else values
