"""ConvLSTMCell: one step of a long short-term memory of signals, images or volumes."""

from __future__ import annotations

from typing import Any

from multikeras import activations, config, ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.dense import check_size
from multikeras.layers.recurrent.lstm_cell import forgetting
from multikeras.layers.recurrent.weighted_cell import WeightedCell
from multikeras.ops.nn._windows import conv_shape, per_axis


class ConvLSTMCell(WeightedCell):
    """`LSTMCell` with convolutions in the place of products; see `ConvLSTM2D` for the arguments.

    Args:
        rank: The number of spatial axes.
    """

    dropout_mask_count = 4

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if rank not in (1, 2, 3):
            raise ArgumentError("A convolution has one to three spatial axes.", received=f"rank={rank!r}")
        self.rank = rank
        self.filters = check_size("filters", filters)
        self.kernel_size = per_axis(kernel_size, rank, "kernel_size")
        self.strides = per_axis(strides, rank, "strides")
        self.dilation_rate = per_axis(dilation_rate, rank, "dilation_rate")
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same"):
            raise ArgumentError('`padding` is "valid" or "same".', received=f"padding={padding!r}")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                "A convolution has strides or is dilated, not both.",
                received=f"strides={self.strides}, dilation_rate={self.dilation_rate}",
            )
        self.data_format = config.standardize_data_format(data_format)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self._set_weighted(
            *(activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
        )
        # What a layer of such cells asks for before sizes are known.
        self.state_size: Any = [self.filters, self.filters]
        self.input_spec = InputSpec(ndim=rank + 2)
        self._channel_axis = 1 if self.data_format == "channels_first" else rank + 1

    def build(self, inputs_shape: Any, states_shape: Any = None) -> None:
        """Make the kernels and the bias."""
        if None in inputs_shape[1:]:
            raise ShapeError(
                "A recurrence of convolutions takes inputs whose sizes are known.", received=f"shape {inputs_shape}"
            )
        self._state_sizes = self.output_shape_for((None, *inputs_shape[1:]))[1:]
        channels = inputs_shape[self._channel_axis]
        make = self.bias_initializer
        self._add_weights(
            (*self.kernel_size, channels, 4 * self.filters),
            (*self.kernel_size, self.filters, 4 * self.filters),
            (4 * self.filters,),
            forgetting(make, self.filters) if self.unit_forget_bias else make,
        )
        self.built = True

    def output_shape_for(self, inputs_shape: Any) -> tuple[Any, ...]:
        """The shape of a state for the shape of one step's input."""
        channels = inputs_shape[self._channel_axis]
        return conv_shape(
            tuple(inputs_shape),
            (*self.kernel_size, channels, self.filters),
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )

    def compute_output_shape(self, inputs_shape: Any, states_shape: Any = None) -> Any:
        """The shapes of the output and of both states, which are the same."""
        shape = self.output_shape_for(inputs_shape)
        return shape, [shape, shape]

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """State and memory before the first step: zeros."""
        return [ops.zeros((batch_size, *self._state_sizes), dtype=self.compute_dtype) for _ in range(2)]

    def _entering(self, inputs: Any, masks: Any) -> Any:
        """The convolution of the inputs for all gates, with the bias."""
        settings = (self.strides, self.padding, self.data_format, self.dilation_rate)
        z = self._convolved(inputs, self.kernel, masks, settings)
        if self.bias is None:
            return z
        along = [1] * (self.rank + 2)
        along[self._channel_axis] = -1
        return ops.add(z, ops.reshape(self.bias, along))

    def _convolved(self, x: Any, kernel: Any, masks: Any, settings: tuple) -> Any:
        if masks is None:
            return ops.conv(x, kernel, *settings)
        parts = ops.split(kernel, 4, axis=-1)
        made = [ops.conv(ops.multiply(x, mask), part, *settings) for mask, part in zip(masks, parts, strict=True)]
        return ops.concatenate(made, axis=self._channel_axis)

    def _recurrent_step(self, entering: Any, states: Any, masks: Any) -> tuple[Any, list[Any]]:
        """Output and states after a step, given what its input adds to the gates."""
        z = ops.add(entering, self._convolved(states[0], self.recurrent_kernel, masks, (1, "same", self.data_format)))
        i, f, g, o = ops.split(z, 4, axis=self._channel_axis)
        gate, activation = self.recurrent_activation, self.activation
        memory = ops.add(ops.multiply(gate(f), states[1]), ops.multiply(gate(i), activation(g)))
        state = ops.multiply(gate(o), activation(memory))
        return state, [state, memory]

    def _step(self, inputs: Any, states: Any, masks: tuple[Any, Any]) -> tuple[Any, list[Any]]:
        return self._recurrent_step(self._entering(inputs, masks[0]), states, masks[1])

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """The output of one step, and the states after it."""
        return self._step(inputs, states, self._kept_masks(inputs, states[0], training))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal cell."""
        return {
            **super().get_config(),
            **self._config_of("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
            **self._config_of("activation", "recurrent_activation", "use_bias", "kernel_initializer"),
            **self._config_of("recurrent_initializer", "bias_initializer", "unit_forget_bias", "kernel_regularizer"),
            **self._config_of("recurrent_regularizer", "bias_regularizer", "kernel_constraint"),
            **self._config_of("recurrent_constraint", "bias_constraint"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
