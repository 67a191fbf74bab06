"""Optimizers in files, configurations and copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras import ops
from multikeras.backend.binding import blank, unbound
from multikeras.backend.contract import Backend
from multikeras.errors import ShapeError
from multikeras.optimizers.base.averages import Averages
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from multikeras.state.variable import Variable


class Saving(Averages):
    """The side of an optimizer that writes itself down."""

    loss_scale_factor: float | None

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign values to `variables`, in order."""
        variables = self.variables
        if len(weights) != len(variables):
            raise ShapeError("There is a value for each variable.", received=f"{len(weights)} for {len(variables)}")
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the variables into a mapping, under "0", "1", ..."""
        for i, v in enumerate(self.variables):
            store[str(i)] = v.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the values of `save_own_variables`.

        Raises:
            ShapeError: There are more or fewer of them than variables.
        """
        variables = self.variables
        if len(store.keys()) != len(variables):
            raise ShapeError(
                f"The optimizer {self.name!r} has {len(variables)} variables.",
                received=f"{len(store.keys())} in the file",
                hint="build it for the model's variables, with the arguments of the saved one",
            )
        for i, v in enumerate(variables):
            v.assign(store[str(i)])

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        from multikeras.saving.serialization import serialize_keras_object

        rate = self._learning_rate
        if isinstance(rate, Variable):
            shown: Any = float(rate.numpy())
        elif isinstance(rate, LearningRateSchedule):
            shown = serialize_keras_object(rate)
        else:
            shown = float(ops.convert_to_numpy(rate()))
        return {
            "name": self.name,
            "learning_rate": shown,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer of a `get_config`."""
        config = dict(config)
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            from multikeras.saving.serialization import deserialize_keras_object

            config["learning_rate"] = deserialize_keras_object(rate, custom_objects=custom_objects)
        return cls(**config)

    def __reduce__(self) -> tuple:
        return _blank, (unbound(type(self)), self._backend), self.__getstate__()

    def __getstate__(self) -> dict[str, Any]:
        # A copy knows its variables by other identities.
        state = {k: v for k, v in vars(self).items() if k not in ("_positions", "_fused", "_rows")}
        return {**state, "_undecayed": list(self._undecayed.values())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        spared = state.pop("_undecayed")
        vars(self).update(state)
        self._undecayed = {id(v): v for v in spared}
        self._positions = {id(v): i for i, v in enumerate(self._trainable_variables)}
        self._rows = None
        self._fused = self._fused_update() if self.built else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _blank(cls: type, backend: Backend) -> Saving:
    """Unpickling: an optimizer to which a state will be given."""
    return blank(cls, backend.optimizer_base)
