"""The activations by name. Most are ops as they are; here are those that have arguments or names of their own."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from multikeras.saving import object_registration as registry

hard_swish = hard_silu
swish = silu

# `relu` has a parameter of the same name.
_threshold = threshold


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Rectified linear unit: `min(x, max_value)` from `threshold` on, `negative_slope * (x - threshold)` below.

    Args:
        x: A float tensor.
        negative_slope: The slope below the threshold.
        max_value: The greatest value, none by default.
        threshold: Where the unit begins.

    Returns:
        A tensor like `x`.

    Source: Nair, Hinton (2010), "Rectified linear units improve restricted Boltzmann machines", ICML.

    ```python
    >>> relu([-1.0, 0.5, 3.0], max_value=2.0).tolist()
    [0.0, 0.5, 2.0]

    ```
    """
    if negative_slope == 0.0 and threshold == 0.0:
        if max_value is None:
            return ops.relu(x)
        if max_value == 6:
            return ops.relu6(x)
        return ops.clip(x, 0.0, max_value) if max_value >= 0 else ops.minimum(ops.relu(x), max_value)
    if threshold == 0.0 and max_value is None:
        return ops.leaky_relu(x, negative_slope)
    above = x if max_value is None else ops.minimum(x, max_value)
    below = ops.multiply(ops.subtract(x, threshold), negative_slope)
    return ops.where(ops.greater_equal(x, threshold), above, below)


def gelu(x: Any, approximate: bool = False) -> Any:
    """Gaussian error linear unit: `x * P(z <= x)` for a standard normal `z`.

    Args:
        x: A float tensor.
        approximate: Whether the probability is approximated by a tanh.

    Returns:
        A tensor like `x`.

    Source: Hendrycks, Gimpel (2016), "Gaussian error linear units", arXiv:1606.08415.

    ```python
    >>> gelu([0.0]).tolist()
    [0.0]

    ```
    """
    return ops.gelu(x, approximate)


def exponential(x: Any) -> Any:
    """`e ** x`, entry by entry.

    Args:
        x: A float tensor.

    ```python
    >>> exponential([0.0]).tolist()
    [1.0]

    ```
    """
    return ops.exp(x)


def linear(x: Any) -> Any:
    """The tensor itself.

    Args:
        x: A tensor.

    ```python
    >>> linear(3.0)
    3.0

    ```
    """
    return x


def mish(x: Any) -> Any:
    """`x * tanh(softplus(x))`, entry by entry.

    Args:
        x: A float tensor.

    Source: Misra (2019), "Mish: a self regularized non-monotonic activation function", arXiv:1908.08681.

    ```python
    >>> mish([0.0]).tolist()
    [0.0]

    ```
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


_BY_NAME = {
    "celu": celu,
    "elu": elu,
    "exponential": exponential,
    "gelu": gelu,
    "glu": glu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
    "hard_tanh": hard_tanh,
    "leaky_relu": leaky_relu,
    "linear": linear,
    "log_sigmoid": log_sigmoid,
    "log_softmax": log_softmax,
    "mish": mish,
    "relu": relu,
    "relu6": relu6,
    "selu": selu,
    "sigmoid": sigmoid,
    "silu": silu,
    "soft_shrink": soft_shrink,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "sparsemax": sparsemax,
    "squareplus": squareplus,
    "swish": silu,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
    "threshold": _threshold,
}
_NAMES = {function: name for name, function in _BY_NAME.items() if name not in ("hard_swish", "swish")}


def get(identifier: Any) -> Any:
    """An activation by name or configuration, or any function as it is; `linear` for `None`.

    Raises:
        ArgumentError: There is no such activation.

    ```python
    >>> get("relu") is relu, get(None) is linear
    (True, True)

    ```
    """
    if identifier is None:
        return linear
    found = identifier
    if isinstance(identifier, dict):
        found = deserialize(identifier)
    elif isinstance(identifier, str):
        found = registry.get_registered_object(identifier, module_objects=_BY_NAME)
    if callable(found):
        return found
    raise ArgumentError(
        "There is no such activation.", received=repr(identifier), hint=f"one of {', '.join(sorted(_BY_NAME))}"
    )


def serialize(activation: Any) -> Any:
    """The name of an activation, or the configuration of a function of yours."""
    name = _NAMES.get(activation) if getattr(activation, "__hash__", None) else None
    if name is not None:
        return name
    from multikeras.saving.serialization import serialize_keras_object

    return serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The activation of a name or a configuration."""
    from multikeras.saving.serialization import deserialize_keras_object

    found = deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_BY_NAME)
    return get(found)
