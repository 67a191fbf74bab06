"""A layer with some arguments and inputs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from multikeras import layers, ops
from multikeras.dtypes import lattice


@dataclasses.dataclass(frozen=True, eq=False)
class LayerCase:
    """One layer with its arguments and the shapes of its inputs.

    Args:
        name: The layer's public name.
        arguments: The arguments of its constructor.
        shapes: The shape of each input, with the batch axis.
        dtype: The dtype of the inputs.
        low: The least value of an input.
        high: The greatest.
        label: What tells the case from others of the layer.
    """

    name: str
    arguments: dict[str, Any]
    shapes: tuple[tuple[int, ...], ...]
    dtype: str = "float32"
    low: float = -2.0
    high: float = 2.0
    label: str = ""

    def __str__(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name

    @property
    def kind(self) -> type:
        """The layer's class."""
        return getattr(layers, self.name)

    def make(self, **more: Any) -> Any:
        """A new layer."""
        return self.kind(**{**self.arguments, **more})

    def arrays(self, seed: int = 0, dtype: str | None = None) -> list[np.ndarray]:
        """The inputs."""
        rng = np.random.default_rng(seed)
        name = dtype if dtype is not None and lattice.is_float(self.dtype) else self.dtype
        found = []
        for shape in self.shapes:
            drawn = rng.uniform(self.low, self.high, shape)
            found.append(drawn.astype(lattice.numpy_dtype(name)))
        return found

    def inputs(self, seed: int = 0, dtype: str | None = None) -> Any:
        """The inputs as the layer takes them: an array, or a list of them."""
        arrays = self.arrays(seed, dtype)
        return arrays[0] if len(arrays) == 1 else arrays


def make_case(name: str, *shapes: tuple[int, ...], label: str = "", **arguments: Any) -> LayerCase:
    """A case of the layer with that name and those arguments."""
    return LayerCase(name, arguments, shapes, label=label)


def spatial(rank: int, first: bool = False) -> tuple[int, ...]:
    """The shape of a small batch of signals, images or volumes with four channels."""
    sizes = {1: (7,), 2: (6, 5), 3: (5, 4, 4)}[rank]
    return (2, 4, *sizes) if first else (2, *sizes, 4)


def called(layer: Any, inputs: Any, **arguments: Any) -> np.ndarray:
    """A layer's outputs as an array."""
    return ops.convert_to_numpy(layer(inputs, **arguments))
