"""The dtypes that a layer computes in, its names, and the backend that it belongs to."""

from __future__ import annotations

from typing import Any

from multikeras.dtypes import policy as policies
from multikeras.dtypes.policy import DTypePolicy
from multikeras.errors import StateError
from multikeras.layers.base.attributes import Attributes
from multikeras.layers.base.call_context import changes


class Precision(Attributes):
    """The side of a layer that says what it is."""

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def dtype_policy(self) -> DTypePolicy:
        """Its dtype policy."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._dtype_policy = policies.get(value)
        changes.count += 1
        if self.built:
            self._freeze()

    @property
    def dtype(self) -> str:
        """The dtype of its variables."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype that it computes in."""
        return self._dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of its variables."""
        return self._dtype_policy.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are cast to."""
        return self._dtype_policy.compute_dtype

    @property
    def quantization_mode(self) -> str | None:
        """How it is quantized, `None` where it is not."""
        return self._dtype_policy.quantization_mode

    @property
    def path(self) -> str:
        """Its name with the scopes that it was made in."""
        return f"{self._path_prefix}/{self.name}" if self._path_prefix else self.name

    def _check_initialized(self) -> None:
        if not self._initialized:
            raise StateError(
                f"The constructor of {type(self).__name__} calls the one of Layer first.", hint="super().__init__()"
            )
