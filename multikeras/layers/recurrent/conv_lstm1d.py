"""ConvLSTM1D: a long short-term memory of signals."""

from __future__ import annotations

from typing import Any

from multikeras.layers.recurrent.conv_lstm import ConvLSTM


class ConvLSTM1D(ConvLSTM):
    """`h = sigmoid(o) * tanh(c)` with `c = sigmoid(f) * c + sigmoid(i) * tanh(g)` for each step of a sequence of
    signals, where `i, f, g, o` are the quarters of `conv(x, kernel) + conv(h, recurrent_kernel) + bias`.

    Args:
        filters: The number of channels of the state, which is the output, and of the memory.
        kernel_size: The window's size, the same for inputs and state.
        strides: The distance of windows of the inputs.
        padding: `"valid"` or `"same"`, for the inputs. The state keeps its size.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries, for the inputs.
        activation: A function, or its name: `tanh` above.
        recurrent_activation: A function, or its name: `sigmoid` above.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (*kernel_size, channels, 4 * filters).
        recurrent_initializer: What makes the recurrent kernel, of shape (*kernel_size, filters, 4 * filters).
        bias_initializer: What makes the bias, of shape (4 * filters,).
        unit_forget_bias: Whether the bias of the forget gate starts at 1.
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        recurrent_regularizer: The same of the recurrent kernel.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training, the same ones in each step.
        recurrent_dropout: The share of the state that is dropped in training, the same ones in each step.
        seed: An integer, for draws that are the same in each run.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        return_state: Whether state and memory after the last step are returned too.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        stateful: Whether a batch starts with the state that the batch before ended with.

    Call:
        sequences: Floats of shape (batch, steps, length, channels), or (batch, steps, channels, length).
        initial_state: State and memory before the first step, in a list; zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the state as it is.

    Raises:
        ArgumentError: An argument has a value that it can't have.
        ShapeError: A mask or a state has another shape, or a size of the inputs is unknown.
        StructureError: There are more or fewer states.

    Source:
        Shi et al., "Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting", 2015, eq. 3,
        without the gates' view of the memory.

    ```python
    >>> import multikeras as keras
    >>> ConvLSTM1D(2, 3, padding="same")(keras.ops.ones((1, 4, 5, 3))).shape
    (1, 5, 2)

    ```
    """

    def __init__(
        self,
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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *(1, filters, kernel_size, strides, padding, data_format, dilation_rate),
            *(activation, recurrent_activation, use_bias),
            *(kernel_initializer, recurrent_initializer, bias_initializer, unit_forget_bias),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
