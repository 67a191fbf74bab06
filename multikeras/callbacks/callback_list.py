"""CallbackList: several callbacks as one."""

from __future__ import annotations

from typing import Any

from multikeras.callbacks.callback import Callback
from multikeras.callbacks.history import History
from multikeras.callbacks.progbar_logger import ProgbarLogger
from multikeras.errors import ArgumentError

_BATCH_HOOKS = {
    "on_train_batch_begin": ("on_train_batch_begin", "on_batch_begin"),
    "on_train_batch_end": ("on_train_batch_end", "on_batch_end"),
    "on_test_batch_begin": ("on_test_batch_begin",),
    "on_test_batch_end": ("on_test_batch_end",),
    "on_predict_batch_begin": ("on_predict_batch_begin",),
    "on_predict_batch_end": ("on_predict_batch_end",),
}


class CallbackList(Callback):
    """Several callbacks as one, called in their order.

    Args:
        callbacks: A callback, or several.
        add_history: Whether a `History` is added, where there is none.
        add_progbar: Whether a `ProgbarLogger` is added, where there is none.
        model: The model.
        params: `verbose`, `epochs`, `steps`.

    Raises:
        ArgumentError: Something in it is no callback.

    ```python
    >>> len(CallbackList(add_history=True).callbacks)
    1

    ```
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks else []
        self.callbacks: list[Callback] = given
        for callback in given:
            if not isinstance(callback, Callback):
                raise ArgumentError(
                    "Callbacks are of class Callback.", received=repr(callback), hint="LambdaCallback()"
                )
        history = next((c for c in given if isinstance(c, History)), None)
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in given):
            given.append(ProgbarLogger())
        if add_history and history is None:
            history = History()
            given.append(history)
        self._history = history
        self._bind_batch_hooks()
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _bind_batch_hooks(self) -> None:
        """Find the callbacks that care for batches, so that the others cost nothing there."""
        self._hooks: dict[str, list[Any]] = {}
        for hook, names in _BATCH_HOOKS.items():
            self._hooks[hook] = [
                getattr(c, hook)
                for c in self.callbacks
                if any(getattr(type(c), n) is not getattr(Callback, n) or n in vars(c) for n in names)
            ]

    def hears(self, hook: str) -> bool:
        """Whether any callback cares for a hook of batches."""
        return bool(self._hooks[hook])

    def append(self, callback: Callback) -> None:
        """Add a callback."""
        self.callbacks.append(callback)
        self._bind_batch_hooks()

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell every callback."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell every callback; the model gets the history."""
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def _batch(self, hook: str, batch: int, logs: Any) -> None:
        for call in self._hooks[hook]:
            call(batch, logs)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Tell every callback."""
        self._batch("on_train_batch_begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell every callback."""
        self._batch("on_train_batch_end", batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell those that care."""
        self._batch("on_predict_batch_end", batch, logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_train_begin(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_train_end(logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_test_end(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """Tell every callback."""
        for callback in self.callbacks:
            callback.on_predict_end(logs)
