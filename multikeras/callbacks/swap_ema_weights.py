"""SwapEMAWeights: averages of the weights while a model is evaluated."""

from __future__ import annotations

from typing import Any

from multikeras.backend.contract import Capability
from multikeras.callbacks.callback import Callback
from multikeras.errors import StateError


class SwapEMAWeights(Callback):
    """Puts the averages that an optimizer keeps into the model for evaluation and prediction, and the weights back
    after.

    Args:
        swap_on_epoch: Whether the averages are in the model at the end of each epoch too, for callbacks that come after
            this one, such as those that save it.

    Raises:
        StateError: The model's optimizer keeps no averages.

    ```python
    >>> import numpy as np
    >>> import multikeras as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1, use_ema=True), "mse")
    >>> _ = model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0)
    >>> model.evaluate(np.ones((2, 1)), np.ones((2, 1)), verbose=0, callbacks=[SwapEMAWeights()]) < 10
    True

    ```
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._weights: list[tuple[Any, Any]] | None = None

    def _put_averages(self) -> None:
        if self._weights is not None:
            return
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        averaging = [o for o in getattr(optimizer, "optimizers", [optimizer]) if getattr(o, "use_ema", False)]
        if not averaging:
            raise StateError(
                "The optimizer keeps averages of the weights.", received=repr(optimizer), hint="Adam(use_ema=True)"
            )
        backend = self.model._backend
        # A tensor that is the storage itself changes with it.
        copies = Capability.MUTABLE_VARIABLES in backend.can
        self._weights = []
        for each in averaging:
            for variable, average in zip(each._trainable_variables, each._averages, strict=False):
                if average is not None:
                    value = variable.value
                    self._weights.append((variable, backend.tensors.copy(value) if copies else value))
                    variable.assign(average.value)

    def _put_weights(self) -> None:
        for variable, value in self._weights or ():
            variable.assign(value)
        self._weights = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """The weights are trained, not their averages."""
        self._put_weights()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the averages in, for what comes after this callback."""
        if self.swap_on_epoch:
            self._put_averages()

    def on_train_end(self, logs: Any = None) -> None:
        """The averages stay in the model: the optimizer has put them there itself by now."""
        self._weights = None

    def on_test_begin(self, logs: Any = None) -> None:
        """Put the averages in."""
        self._put_averages()

    def on_test_end(self, logs: Any = None) -> None:
        """Put the weights back."""
        self._put_weights()

    def on_predict_begin(self, logs: Any = None) -> None:
        """Put the averages in."""
        self._put_averages()

    def on_predict_end(self, logs: Any = None) -> None:
        """Put the weights back."""
        self._put_weights()
