"""multikeras: the Keras 3 API on any array framework."""

from __future__ import annotations

import importlib
from typing import Any

from multikeras._version import __version__

# Where each public name lives; resolved at first use, so that `import multikeras` stays cheap.
_LAZY = {
    "Backend": "multikeras.backend",
    "Capability": "multikeras.backend",
    "DTypePolicy": "multikeras.dtypes",
    "FloatDTypePolicy": "multikeras.dtypes",
    "Function": "multikeras.graph.function",
    "Initializer": "multikeras.initializers",
    "Input": "multikeras.layers",
    "InputSpec": "multikeras.layers",
    "KerasTensor": "multikeras.graph.keras_tensor",
    "Layer": "multikeras.layers",
    "Loss": "multikeras.losses",
    "Metric": "multikeras.metrics",
    "Model": "multikeras.models",
    "Operation": "multikeras.graph.operation",
    "Optimizer": "multikeras.optimizers",
    "Regularizer": "multikeras.regularizers",
    "Sequential": "multikeras.models",
    "StatelessScope": "multikeras.state.scope",
    "SymbolicScope": "multikeras.state.scope",
    "Variable": "multikeras.state.variable",
    "device": "multikeras.backend.device",
    "name_scope": "multikeras.state.scope",
    "set_backend": "multikeras.backend",
    "use_backend": "multikeras.backend",
    "value_and_grad": "multikeras.training.gradients",
}
_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "errors",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
)

__all__ = ["__version__", "version", *_LAZY, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"multikeras.{name}")
    else:
        raise AttributeError(f"module 'multikeras' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def version() -> str:
    """The version of multikeras."""
    return __version__
