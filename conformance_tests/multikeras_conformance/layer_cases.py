"""Every public layer with some arguments and inputs: what the tests of layers go through."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from multikeras import layers
from multikeras.dtypes import lattice

# The names of `multikeras.layers` that are no layers to be called, and why.
NOT_LAYERS = {
    "Input": "a function that makes an InputLayer",
    "InputLayer": "fed, not called",
    "InputSpec": "a demand on inputs",
    "Layer": "the base of all",
}


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


def _case(name: str, *shapes: tuple[int, ...], label: str = "", **arguments: Any) -> LayerCase:
    return LayerCase(name, arguments, shapes, label=label)


def _spatial(rank: int, first: bool = False) -> tuple[int, ...]:
    sizes = {1: (7,), 2: (6, 5), 3: (5, 4, 4)}[rank]
    return (2, 4, *sizes) if first else (2, *sizes, 4)


def _convolutions() -> list[LayerCase]:
    found = []
    for rank in (1, 2, 3):
        name = f"Conv{rank}D"
        last, first = _spatial(rank), _spatial(rank, first=True)
        found += [
            _case(name, last, label="valid", filters=3, kernel_size=2),
            _case(name, last, label="same-strided", filters=3, kernel_size=3, strides=2, padding="same"),
            _case(name, last, label="dilated", filters=2, kernel_size=2, dilation_rate=2, activation="tanh"),
            _case(name, last, label="groups", filters=4, kernel_size=2, groups=2, use_bias=False),
            _case(name, first, label="first", filters=3, kernel_size=2, data_format="channels_first"),
            _case(
                name,
                first,
                label="first-same-strided",
                filters=2,
                kernel_size=2,
                strides=2,
                padding="same",
                data_format="channels_first",
                activation="relu",
                bias_initializer="ones",
            ),
            _case(
                name,
                last,
                label="regularized",
                filters=2,
                kernel_size=1,
                kernel_regularizer="l2",
                bias_regularizer={"class_name": "L1", "config": {"l1": 0.5}},
                kernel_constraint="non_neg",
                bias_constraint="max_norm",
                activity_regularizer="l2",
            ),
        ]
    found += [
        _case("Conv1D", (2, 7, 4), label="causal", filters=3, kernel_size=3, padding="causal", dilation_rate=2),
        _case("Conv2D", (2, 6, 5, 4), label="oblong", filters=3, kernel_size=(2, 3), strides=(1, 2)),
    ]
    return found


def _poolings() -> list[LayerCase]:
    found = []
    for kind in ("Max", "Average"):
        for rank in (1, 2, 3):
            name = f"{kind}Pooling{rank}D"
            last, first = _spatial(rank), _spatial(rank, first=True)
            found += [
                # The window of an average has no default.
                _case(name, last, label="default", **({"pool_size": 2} if kind == "Average" else {})),
                _case(name, last, label="same-strided", pool_size=3, strides=2, padding="same"),
                _case(name, first, label="first", pool_size=2, strides=1, data_format="channels_first"),
                _case(name, first, label="first-same", pool_size=2, padding="same", data_format="channels_first"),
                _case(f"Global{name}", last, label="last"),
                _case(f"Global{name}", first, label="first", data_format="channels_first", keepdims=True),
            ]
    return found


def _merges() -> list[LayerCase]:
    found = []
    for name in ("Add", "Average", "Maximum", "Minimum", "Multiply"):
        found += [
            _case(name, (2, 3), (2, 3), (2, 3), label="three"),
            _case(name, (2, 3, 4), (2, 1, 4), label="broadcast"),
            _case(name, (2, 3, 4), (2, 4), label="fewer-axes"),
        ]
    return [
        *found,
        _case("Subtract", (2, 3), (2, 3), label="two"),
        _case("Subtract", (2, 3, 4), (2, 1, 1), label="broadcast"),
        _case("Concatenate", (2, 3), (2, 1), (2, 2), label="last"),
        _case("Concatenate", (2, 3, 4), (2, 1, 4), label="axis1", axis=1),
        _case("Dot", (2, 3), (2, 3), label="vectors", axes=1),
        _case("Dot", (2, 3, 4), (2, 5, 4), label="matrices", axes=(2, 2)),
        _case("Dot", (2, 3, 4), (2, 4), label="cosine", axes=-1, normalize=True),
    ]


CASES: list[LayerCase] = [
    _case("Activation", (2, 3), label="relu", activation="relu"),
    _case("Activation", (2, 3), label="softmax", activation="softmax"),
    _case("Activation", (2, 3, 4), label="tanh", activation="tanh"),
    _case("BatchNormalization", (6, 4), label="default"),
    _case("BatchNormalization", (3, 4, 5), label="axis1", axis=1, momentum=0.5, epsilon=0.01),
    _case("BatchNormalization", (3, 2, 2, 4), label="plain", center=False, scale=False),
    _case(
        "BatchNormalization",
        (6, 4),
        label="initializers",
        beta_initializer="ones",
        gamma_initializer={"class_name": "Constant", "config": {"value": 2.0}},
        moving_mean_initializer="ones",
        beta_regularizer="l2",
        gamma_constraint="non_neg",
    ),
    _case(
        "BatchNormalization",
        (6, 4),
        label="renorm",
        renorm=True,
        renorm_clipping={"rmin": 0.5, "rmax": 2.0, "dmax": 1.0},
    ),
    *_convolutions(),
    _case("Dense", (2, 3), label="default", units=4),
    _case("Dense", (2, 3, 5), label="rank3", units=2, activation="relu", use_bias=False),
    _case(
        "Dense",
        (2, 3),
        label="regularized",
        units=4,
        activation="sigmoid",
        kernel_initializer="he_normal",
        bias_initializer="ones",
        kernel_regularizer="l1_l2",
        bias_regularizer="l2",
        activity_regularizer="l1",
        kernel_constraint="unit_norm",
        bias_constraint="non_neg",
    ),
    _case("Dense", (2, 3), label="lora", units=4, lora_rank=2, lora_alpha=4),
    _case("Dropout", (4, 6), label="half", rate=0.5, seed=3),
    _case("Dropout", (4, 6, 2), label="noise-shape", rate=0.25, noise_shape=(None, 1, 2), seed=3),
    _case("Dropout", (4, 6), label="none", rate=0.0),
    _case("Flatten", (2, 3, 4), label="last"),
    _case("Flatten", (2, 3, 4, 2), label="first", data_format="channels_first"),
    _case("Flatten", (5,), label="no-axes"),
    _case("Identity", (2, 3), label="one"),
    *_poolings(),
    *_merges(),
    _case("Rescaling", (2, 3), label="numbers", scale=0.5, offset=-1.0),
    _case("Rescaling", (2, 3), label="lists", scale=[1.0, 2.0, 3.0], offset=[0.0, 1.0, 0.5]),
    LayerCase("Rescaling", {"scale": 1 / 255}, ((2, 4),), dtype="uint8", low=0, high=255, label="images"),
    _case("Reshape", (2, 6), label="pair", target_shape=(3, 2)),
    _case("Reshape", (2, 3, 4), label="worked-out", target_shape=(-1, 6)),
]
