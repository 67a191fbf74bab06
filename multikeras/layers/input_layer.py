"""Input and InputLayer: where a graph begins."""

from __future__ import annotations

from typing import Any

from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, StateError
from multikeras.graph.keras_tensor import KerasTensor, standardize_shape
from multikeras.graph.node import Node
from multikeras.layers.layer import Layer


class InputLayer(Layer):
    """The layer whose output is an input of a graph. `Input()` makes one and returns its output.

    Args:
        shape: The shape of one sample; `None` where a size is free.
        batch_size: The number of samples, free by default.
        dtype: The dtype, floatx by default.
        sparse: Whether the values will be sparse.
        ragged: Whether the values will be ragged.
        batch_shape: The shape with the batch axis, in the place of `shape`.
        input_tensor: A symbolic tensor to stand for.
        optional: Whether the input may be `None`.
        name: Its name, made up by default.

    Raises:
        ArgumentError: Both or none of `shape` and `batch_shape` are given.
    """

    # It holds and computes nothing.
    _on_any_backend = True

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name)
        if kwargs:
            raise ArgumentError("InputLayer has no such arguments.", received=", ".join(kwargs))
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ArgumentError("An input stands for a symbolic tensor.", received=repr(input_tensor))
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        elif (shape is None) == (batch_shape is None):
            raise ArgumentError(
                "An input has either a `shape`, that of one sample, or a `batch_shape`.",
                received=f"shape={shape}, batch_shape={batch_shape}",
                hint="Input(shape=(28, 28, 1))",
            )
        elif batch_shape is not None and batch_size is not None:
            raise ArgumentError("`batch_size` goes with `shape`.", received=f"batch_shape={batch_shape}")
        elif batch_shape is None:
            batch_shape = (batch_size, *standardize_shape(shape))
        self._batch_shape = standardize_shape(batch_shape)
        self._dtype = lattice.standardize(dtype)
        self._sparse = bool(sparse)
        self._ragged = bool(ragged)
        self.optional = optional
        self.built = True
        output = input_tensor
        if output is None:
            output = KerasTensor(self._batch_shape, self._dtype, sparse=sparse, ragged=ragged, name=self.name)
        Node(self, (), {}, output)

    def call(self) -> Any:
        """An input is fed, not computed."""
        raise StateError(f"The input {self.name!r} is fed, not called.", hint="model(x)")

    @property
    def batch_shape(self) -> Any:
        """The shape with the batch axis."""
        return self._batch_shape

    @property
    def dtype(self) -> str:
        """The dtype."""
        return self._dtype

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            "batch_shape": self._batch_shape,
            "dtype": self._dtype,
            "sparse": self._sparse,
            "ragged": self._ragged,
            "name": self.name,
            "optional": self.optional,
        }


def Input(  # noqa: N802 - Keras's public name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor that is the input of a graph.

    Args:
        shape: The shape of one sample; `None` where a size is free.
        batch_size: The number of samples, free by default.
        dtype: The dtype, floatx by default.
        sparse: Whether the values will be sparse.
        ragged: Whether the values will be ragged.
        batch_shape: The shape with the batch axis, in the place of `shape`.
        name: Its name, made up by default.
        tensor: A symbolic tensor to stand for.
        optional: Whether the input may be `None`.

    Raises:
        ArgumentError: Both or none of `shape` and `batch_shape` are given.

    ```python
    >>> Input(shape=(3,)).shape
    (None, 3)

    ```
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer._inbound_nodes[0].outputs
