"""A layer as a configuration, as entries of a file, and as a pickle."""

from __future__ import annotations

from typing import Any

from multikeras.backend.binding import unbound
from multikeras.dtypes import policy as policies
from multikeras.errors import NotBuiltError, NotSupportedError, ShapeError
from multikeras.layers.base import binding
from multikeras.layers.base.stateless import Stateless


class Saving(Stateless):
    """The side of a layer that is written down."""

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer.

        A subclass without a `get_config` of its own gets the arguments of its constructor, where all can be written
        down.

        Raises:
            NotSupportedError: They can't.
        """
        from multikeras.saving.object_registration import is_plain

        config: dict[str, Any] = {"name": self.name, "trainable": self._trainable}
        from multikeras.saving.serialization import serialize_keras_object

        config["dtype"] = serialize_keras_object(self._dtype_policy)
        if self.activity_regularizer is not None:
            from multikeras import regularizers

            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        from multikeras.layers.layer import Layer

        kind = unbound(type(self))
        if kind.get_config is not Saving.get_config or kind.__init__ is Layer.__init__:
            return config
        # What every layer is asked for is written down above, as it is today.
        given = {k: v for k, v in self._constructor_arguments(kind).items() if k not in config}
        for name, value in given.items():
            if not is_plain(value):
                raise NotSupportedError(
                    f"{kind.__name__} defines `get_config`, since an argument of its constructor is no plain value.",
                    received=f"{name}={value!r}",
                    hint="def get_config(self): return {**super().get_config(), ...}",
                )
        import inspect

        known = inspect.signature(kind.__init__).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            config = {k: v for k, v in config.items() if k in known}
        return {**config, **given}

    def _config_of(self, *names: str) -> dict[str, Any]:
        """Attributes that are arguments of the constructor, by name, in a form that can be written down."""
        from multikeras import activations
        from multikeras.saving.serialization import serialize_keras_object

        return {
            name: (activations.serialize if name.endswith("activation") else serialize_keras_object)(
                getattr(self, name)
            )
            for name in names
        }

    def _constructor_arguments(self, kind: type) -> dict[str, Any]:
        import inspect

        args, kwargs = self._init_arguments
        bound = inspect.signature(kind.__init__).bind(self, *args, **kwargs)
        given: dict[str, Any] = {}
        for name, value in list(bound.arguments.items())[1:]:
            if bound.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                given.update(value)
            else:
                given[name] = value
        return given

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a `get_config`."""
        if isinstance(config.get("dtype"), dict):
            config = {**config, "dtype": policies.get(config["dtype"])}
        return cls(**config)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the variables that this layer itself holds into a mapping, under "0", "1", ..."""
        for i, v in enumerate(self._own_variables()):
            store[str(i)] = v.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the values of `save_own_variables`.

        Raises:
            ShapeError: There are more or fewer of them than variables.
        """
        variables = self._own_variables()
        if len(store.keys()) != len(variables):
            if not variables and not self.built:
                raise NotBuiltError(
                    f"Layer {self.name!r} has no variables yet, but the file has {len(store.keys())}.",
                    hint="build the model, or call it on a batch, before loading weights",
                )
            raise ShapeError(
                f"Layer {self.name!r} has {len(variables)} variables.", received=f"{len(store.keys())} in the file"
            )
        for i, v in enumerate(variables):
            v.assign(store[str(i)])

    def __reduce__(self) -> tuple:
        return binding.reduce(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in vars(self).items() if k not in self._internal_attributes}
        for name in ("built", "_own_weights", "_build_shapes", "input_spec", "_init_arguments", "_initialized"):
            state[name] = getattr(self, name)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        if self._bind_attribute is not None:
            for v in self._own_weights:
                self._bind_attribute(v.name, v)
            for name, value in state.items():
                if name not in self._internal_attributes:
                    self._bind_attribute(name, value)
        if self.built:
            self._freeze()
