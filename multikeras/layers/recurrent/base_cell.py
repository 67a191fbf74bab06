"""BaseCell: what the cells with one kernel for the input and one for the state share."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, StructureError
from multikeras.layers.core.dense import check_size
from multikeras.layers.recurrent.weighted_cell import WeightedCell


class BaseCell(WeightedCell):
    """The base of cells that make gates of `inputs @ kernel + state @ recurrent_kernel + bias`.

    A subclass names its number of `gates`, and defines `_step`.
    """

    gates: int = 1

    def _set_arguments(self, units: Any, *weighted: Any, implementation: int = 2) -> None:
        """Keep the arguments; those of `WeightedCell` by position."""
        if implementation not in (1, 2):
            raise ArgumentError("`implementation` is 1 or 2.", received=f"implementation={implementation!r}")
        self.units = check_size("units", units)
        self._set_weighted(*weighted)
        # Gates that drop other entries each need masks, and products, of their own.
        self.implementation = 1 if self.recurrent_dropout and self.gates > 1 else implementation
        if self.implementation == 1 and self.gates > 1:
            self.dropout_mask_count = self.gates
        self.state_size: Any = self.units
        self.output_size = self.units

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def _bias_maker(self) -> Any:
        return self.bias_initializer

    def build(self, input_shape: Any) -> None:
        """Make the kernels and the bias."""
        if input_shape[-1] is None:
            raise ArgumentError(
                f"The last axis of the input of {self.name!r} has a known size.", received=f"shape {input_shape}"
            )
        wide = self.gates * self.units
        self._add_weights((input_shape[-1], wide), (self.units, wide), self._bias_shape(), self._bias_maker())
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """The output of one step, and the states after it."""
        nested = isinstance(states, (list, tuple))
        states = list(states) if nested else [states]
        expected = len(self.state_size) if isinstance(self.state_size, (list, tuple)) else 1
        if len(states) != expected:
            raise StructureError(
                f"Cell {self.name!r} has {expected} state{'s' if expected > 1 else ''}.", received=f"{len(states)}"
            )
        output, after = self._step(inputs, states, self._kept_masks(inputs, states[0], training))
        return output, after if nested else after[0]

    def _products(self, x: Any, kernel: Any, masks: Any) -> list[Any]:
        """For each gate the product of its entries of `x` with its part of a kernel."""
        parts = ops.split(kernel, self.gates, axis=-1)
        if masks is None:
            return [ops.matmul(x, part) for part in parts]
        return [ops.matmul(ops.multiply(x, mask), part) for mask, part in zip(masks, parts, strict=True)]

    def _gates(self, inputs: Any, state: Any, masks: tuple[Any, Any]) -> list[Any]:
        """What enters the activation of each gate."""
        if self.implementation == 1 and (masks[0] is not None or masks[1] is not None):
            entering = self._products(inputs, self.kernel, masks[0])
            recurrent = self._products(state, self.recurrent_kernel, masks[1])
            sums = [ops.add(a, b) for a, b in zip(entering, recurrent, strict=True)]
            if self.bias is None:
                return sums
            return [ops.add(z, b) for z, b in zip(sums, ops.split(self.bias, self.gates), strict=True)]
        if masks[0] is not None:
            inputs = ops.multiply(inputs, masks[0])
        z = ops.add(ops.matmul(inputs, self.kernel), ops.matmul(state, self.recurrent_kernel))
        return ops.split(z if self.bias is None else ops.add(z, self.bias), self.gates, axis=-1)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states before the first step: zeros of shape (batch_size, units)."""
        count = len(self.state_size) if isinstance(self.state_size, (list, tuple)) else 1
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype) for _ in range(count)]

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal cell."""
        return {
            **super().get_config(),
            **self._config_of("units", "activation", "use_bias", "kernel_initializer", "recurrent_initializer"),
            **self._config_of("bias_initializer", "kernel_regularizer", "recurrent_regularizer", "bias_regularizer"),
            **self._config_of("kernel_constraint", "recurrent_constraint", "bias_constraint"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
