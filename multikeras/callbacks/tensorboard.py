"""TensorBoard: logs, weights, graphs and profiles for TensorBoard."""

from __future__ import annotations

import os
import pathlib
import time
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from multikeras.callbacks.batch_count import BatchCount
from multikeras.callbacks.callback import Callback
from multikeras.callbacks.embedding_files import write_embeddings, write_projector_config
from multikeras.callbacks.event_file import EventFile, require_tensorboard
from multikeras.callbacks.learning_rates import rate_of, with_rates
from multikeras.errors import ArgumentError, NotSupportedError


class TensorBoard(Callback):
    """Writes what TensorBoard shows: `tensorboard --logdir logs`.

    The logs of training go to the folder `train`, those of validation to `validation`. It needs the package
    `tensorboard`, and no framework.

    Args:
        log_dir: The folder.
        histogram_freq: Every so many epochs the weights are shown as histograms; 0 for never.
        write_graph: Whether the graph of the model is shown, where it has one.
        write_images: Whether weights are shown as pictures too, with their histograms.
        write_steps_per_second: Whether the speed is shown.
        update_freq: `"epoch"`, `"batch"`, or a number of batches: how often logs are written. The host waits for the
            device at each of these batches.
        profile_batch: The batch to be profiled, or a pair of the first and the last, from 1 on; 0 for none. The backend
            must have a profiler.
        embeddings_freq: Every so many epochs embeddings are written for the projector; 0 for never.
        embeddings_metadata: The file with a name for each row of every embedding, or a dict of such files by layer.

    Raises:
        MissingExtraError: The package is not installed.
        ArgumentError: `profile_batch` or `update_freq` is none of these.
        NotSupportedError: The backend has no profiler.
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        require_tensorboard()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        BatchCount(self.update_freq)
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._first_profiled, self._last_profiled = _batches(profile_batch)
        self._files: dict[str, EventFile] = {}
        self._profile: AbstractContextManager | None = None
        self._begin_counts()
        if self.update_freq != "epoch" or write_steps_per_second or self._last_profiled:
            # The loop asks nothing of a callback that does not care for batches.
            self.on_train_batch_begin = self._train_batch_begins
            self.on_train_batch_end = self._train_batch_ends

    def _begin_counts(self) -> None:
        self._train = BatchCount(self.update_freq)
        self._batch_start = self._epoch_start = time.perf_counter()
        self._epoch_batches = 0

    def _file(self, name: str) -> EventFile:
        if name not in self._files:
            self._files[name] = EventFile(pathlib.Path(self.log_dir) / name)
        return self._files[name]

    def set_model(self, model: Any) -> None:
        """Learn the model, and write its graph."""
        super().set_model(model)
        if self._last_profiled and model._backend.profile is None:
            raise NotSupportedError(
                f"The {model._backend.name} backend has no profiler.", received="profile_batch", hint="profile_batch=0"
            )
        self._end_profile()
        self._close()
        self._begin_counts()
        if self.embeddings_freq:
            write_projector_config(self.log_dir, model, self.embeddings_metadata)
        if self.write_graph and model._output_names() is not None:
            self._file("train").model("keras", model.to_json())

    # -- Batches ----------------------------------------------------------------------------------------------

    def _train_batch_begins(self, batch: int, logs: Any = None) -> None:
        self._batch_start = time.perf_counter()
        coming = self._train.total + 1
        if self._profile is None and self._first_profiled <= coming <= self._last_profiled:
            profile: AbstractContextManager = self.model._backend.profile(str(pathlib.Path(self.log_dir) / "train"))
            profile.__enter__()
            self._profile = profile

    def _train_batch_ends(self, batch: int, logs: Any = None) -> None:
        before = self._train.total
        due = self._train.due(batch)
        step = self._train.total
        if self._profile is not None and step >= self._last_profiled:
            self._end_profile(logs)
        if self.write_steps_per_second and self.update_freq != "epoch" and due:
            seconds = time.perf_counter() - self._batch_start
            self._file("train").scalar("batch_steps_per_second", (step - before) / seconds, step)
        if due:
            for name, value in (logs or {}).items():
                self._file("train").scalar(f"batch_{name}", value, step)

    def _end_profile(self, logs: Any = None) -> None:
        profile, self._profile = self._profile, None
        if profile is not None:
            # What has been asked of the device belongs to the profile.
            dict(logs or {})
            profile.__exit__(None, None, None)

    # -- Epochs -----------------------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the time."""
        self._train.begin_epoch()
        self._epoch_start = time.perf_counter()
        self._epoch_batches = self._train.total

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the logs, and weights where it is time."""
        logs = dict(logs or {})
        trained = {name: value for name, value in logs.items() if not name.startswith("val_")}
        if trained:
            trained |= {name: rate_of(optimizer) for name, optimizer in self._rates().items()}
            if self.write_steps_per_second:
                seconds = time.perf_counter() - self._epoch_start
                trained["steps_per_second"] = (self._train.total - self._epoch_batches) / seconds
        for name, value in trained.items():
            self._file("train").scalar(f"epoch_{name}", value, epoch)
        for name, value in logs.items():
            if name.startswith("val_"):
                self._file("validation").scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            write_embeddings(self.log_dir, self.model)
        for file in self._files.values():
            file.flush()

    def _rates(self) -> dict[str, Any]:
        return with_rates(self.model) if self.model.optimizer is not None else {}

    def _write_weights(self, epoch: int) -> None:
        file = self._file("train")
        for weight in self.model.weights:
            values = weight.numpy()
            if values.size and np.issubdtype(values.dtype, np.number):
                file.histogram(f"{weight.path}/histogram", values, epoch)
                if self.write_images:
                    file.image(f"{weight.path}/image", _flat(values), epoch)

    def on_test_end(self, logs: Any = None) -> None:
        """Write the logs of an evaluation, by the number of steps that the model has been trained for."""
        optimizer = self.model.optimizer
        if logs is None or optimizer is None:
            return
        step = int(np.asarray(self.model._backend.tensors.to_numpy(_value(optimizer.iterations))))
        for name, value in logs.items():
            self._file("validation").scalar(f"evaluation_{name}_vs_iterations", value, step)
        self._file("validation").flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Finish the files."""
        self._end_profile()
        self._close()

    def _close(self) -> None:
        for file in self._files.values():
            file.flush()
        self._files = {}


def _batches(profiled: Any) -> tuple[int, int]:
    """The first and the last batch to be profiled."""
    if isinstance(profiled, str):
        parts = [p.strip() for p in profiled.split(",")]
        profiled = tuple(int(p) for p in parts) if all(p.isdigit() for p in parts) else None
        profiled = profiled[0] if profiled is not None and len(profiled) == 1 else profiled
    pair = (profiled, profiled) if isinstance(profiled, int) and not isinstance(profiled, bool) else profiled
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
        raise ArgumentError(
            "Profiled is a batch, or those from a first to a last.",
            received=repr(profiled),
            hint="profile_batch=(10, 15)",
        )
    return pair[0], pair[1]


def _flat(values: np.ndarray) -> np.ndarray:
    """The numbers of a weight as a picture that is wider than high."""
    picture = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
    picture = picture.astype("float64")
    return picture.T if picture.shape[0] > picture.shape[1] else picture


def _value(x: Any) -> Any:
    return getattr(x, "value", x)
