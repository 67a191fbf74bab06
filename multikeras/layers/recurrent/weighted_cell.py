"""WeightedCell: the weights of a cell, one kernel for the input and one for the state, and what they are made by."""

from __future__ import annotations

from typing import Any

from multikeras import activations, constraints, initializers, regularizers
from multikeras.layers.layer import Layer
from multikeras.layers.recurrent.dropout_cell import DropoutCell


class WeightedCell(DropoutCell, Layer):
    """The base of cells that have a kernel for the input, one for the state, and a bias."""

    def _set_weighted(
        self,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
    ) -> None:
        """Keep arguments of these names."""
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._prepare_dropout(dropout, recurrent_dropout, seed)

    def _add_weights(self, kernel: Any, recurrent_kernel: Any, bias: Any, bias_initializer: Any) -> None:
        """Make weights of these shapes."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=recurrent_kernel,
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=bias,
                initializer=bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
