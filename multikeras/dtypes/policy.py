"""DTypePolicy: which dtype a layer computes in, and which one it keeps its weights in."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError

_MIXED = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}


class DTypePolicy:
    """The dtypes of a layer.

    Args:
        name: A dtype name, for computing and for weights alike, or `"mixed_float16"` or `"mixed_bfloat16"`: compute
            in 16 bits, keep weights in float32. `None`: the global policy.

    Raises:
        ArgumentError: No such policy.

    ```python
    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')

    ```
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = config.dtype_policy().name
        if not isinstance(name, str):
            raise ArgumentError("A dtype policy has a name.", received=repr(name), hint="DTypePolicy('mixed_bfloat16')")
        self._name: str = name
        if name in _MIXED:
            self._compute_dtype, self._variable_dtype = _MIXED[name]
        else:
            self._compute_dtype = self._variable_dtype = lattice.standardize(name)
        self._quantization_mode: str | None = None

    @property
    def name(self) -> str:
        """The policy's name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype that float inputs and float weights are cast to before the layer computes."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype that weights are kept in."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> str | None:
        """`None`: this policy does not quantize."""
        return self._quantization_mode

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """`x` as a tensor; floats are cast to `dtype` under `autocast`."""
        from multikeras import ops
        from multikeras.graph.keras_tensor import KerasTensor

        dtype = lattice.standardize(dtype)
        if isinstance(x, KerasTensor):
            return ops.cast(x, dtype) if autocast and lattice.is_float(x.dtype) and x.dtype != dtype else x
        tensor = ops.convert_to_tensor(x)
        if autocast and lattice.is_float(lattice.standardize(tensor.dtype)):
            return ops.cast(tensor, dtype)
        return tensor

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """The policy of a `get_config`."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.name == self.name  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


# Keras's older name for the same class.
FloatDTypePolicy = DTypePolicy


def get(identifier: Any) -> DTypePolicy:
    """A policy from a name, a dtype, a config or a policy; `None` is the global policy.

    Raises:
        ArgumentError: None of these.
    """
    if identifier is None:
        return config.dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        inner = identifier.get("config", identifier)
        return DTypePolicy.from_config(inner)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    return DTypePolicy(lattice.standardize(identifier))
