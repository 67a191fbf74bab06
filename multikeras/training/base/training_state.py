"""TrainingState: what a model keeps for being trained, and how it is copied."""

from __future__ import annotations

from typing import Any

from multikeras.layers.layer import Layer

_COMPILED = ("optimizer", "loss", "_compiled_loss", "_compiled_metrics", "_loss_tracker")


class TrainingState(Layer):
    """The attributes that training needs, which are no part of the model that is saved."""

    def _start_training_state(self) -> None:
        self._compiled = False
        self.loss: Any = None
        self._compiled_loss: Any = None
        self._compiled_metrics: Any = None
        self._loss_tracker: Any = None
        self._compile_config: dict[str, Any] | None = None
        self._run_eagerly = False
        self._jit_compile: Any = None
        self._step_functions: dict[str, Any] = {}
        self.optimizer: Any = None
        self.steps_per_execution = 1
        self.auto_scale_loss = True
        self.stop_training = False
        # The epoch, and the batches of it that are done, where a callback has loaded them.
        self._resumes_at: tuple[int, int] | None = None
        self._hold_apart()

    def _hold_apart(self) -> None:
        """Keep what compiling makes from being tracked and saved as a part of the model."""
        apart = self._internal_attributes | {*_COMPILED, "_step_functions"}
        object.__setattr__(self, "_internal_attributes", apart)

    def __getstate__(self) -> dict[str, Any]:
        # Compiled steps hold functions of a framework: a copy makes its own.
        return {**super().__getstate__(), **{name: getattr(self, name) for name in _COMPILED}, "_step_functions": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._hold_apart()
        super().__setstate__(state)
        history = vars(self).get("history")
        if history is not None:
            history.set_model(self)

    def _compiled_parts(self) -> list[Any]:
        """What compiling made, which twins of the model may share."""
        return [getattr(self, name) for name in _COMPILED]
