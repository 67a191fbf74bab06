"""Layer: state and a function of tensors."""

from __future__ import annotations

from typing import Any

from multikeras.backend.binding import ConstructorSignature
from multikeras.dtypes import policy as policies
from multikeras.errors import ArgumentError
from multikeras.layers.base import binding
from multikeras.layers.base.saving import Saving
from multikeras.state.names import auto_name
from multikeras.state.scope import scopes
from multikeras.state.tracking import OWNS_NOTHING, walks


class Layer(Saving):
    """The base of all layers: it holds variables and other layers, and maps tensors to tensors.

    A subclass makes its variables in `__init__` or, where their shapes depend on the input's, in `build`, and computes
    in `call`. It belongs to the backend that is current when it is made.

    Args:
        activity_regularizer: A function of the output, whose value is added to the loss.
        trainable: Whether its variables are trained.
        dtype: The dtype policy, by name, as a dtype or as a `DTypePolicy`.
        autocast: Whether float inputs are cast to the compute dtype.
        name: Its name, made up by default.

    Raises:
        ArgumentError: There is no such argument.

    ```python
    >>> import multikeras as keras
    >>> class Scale(keras.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> layer = Scale()
    >>> layer(keras.ops.ones((2, 3))).shape, len(layer.weights)
    ((2, 3), 1)

    ```
    """

    __signature__ = ConstructorSignature()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = binding.make(cls)
        instance._prepare(args, kwargs)
        return instance

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError('A layer\'s name is a string without "/".', received=repr(name), hint="name='dense'")
        self.name = name
        shape = kwargs.pop("input_shape", None)
        if "input_dim" in kwargs:
            shape = (kwargs.pop("input_dim"),)
        self._input_shape_argument = tuple(shape) if shape is not None else None
        if kwargs:
            raise ArgumentError(
                f"{type(self).__name__} has no such arguments.",
                received=", ".join(f"{k}={v!r}" for k, v in kwargs.items()),
            )
        from multikeras import regularizers

        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self._dtype_policy = policies.get(dtype)
        self._autocast = autocast
        self._path_prefix = "/".join(scopes.names)
        self.supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._initialized = True
        # A layer without a `build` of its own has its variables already, or layers that build themselves.

    @property
    def kernel_reason(self) -> str | None:
        """Why its arguments keep calls from the fastest kernel there is, `None` where they do not; see
        `Model.explain`."""
        return None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if walks.found and type(value) not in OWNS_NOTHING:
            walks.found.clear()
        hook = self._bind_attribute
        if hook is not None:
            hook(name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
