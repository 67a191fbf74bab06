"""MultiHeadAttention: several heads attend, each in a projection of its own."""

from __future__ import annotations

import math
import string
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.attention.heads import Heads
from multikeras.layers.attention.merged_axes import MergedAxes
from multikeras.layers.core.dense import check_size
from multikeras.state.scope import name_scope


class MultiHeadAttention(Heads):
    """`concatenate(softmax(q_i @ transpose(k_i) / sqrt(key_dim)) @ v_i) @ output_kernel + output_bias`.

    `q_i`, `k_i` and `v_i` are projections of queries, keys and values, one for each head. A query that may attend to
    nothing gets the mean of all values. Where no scores are asked for and none are dropped, they are not stored
    either; see `ops.dot_product_attention`.

    Args:
        num_heads: The number of heads.
        key_dim: The size of each head's queries and keys.
        value_dim: The size of each head's values; `key_dim` by default.
        dropout: The rate at which weights of keys are dropped in training.
        use_bias: Whether projections add biases.
        output_shape: The size, or sizes, of the output's last axes; those of the queries by default.
        attention_axes: The axes whose entries attend to each other; all but those of batch and features by default.
        sliding_window: How far apart queries and keys may be: less than that; no bound by default.
        flash_attention: `True` demands the kernel that stores no scores.
        kernel_initializer: What makes the kernels.
        bias_initializer: What makes the biases.
        kernel_regularizer: A function of each kernel whose value is added to the loss.
        bias_regularizer: The same of each bias.
        activity_regularizer: The same of the output of each projection.
        kernel_constraint: A function that each kernel passes through after each optimizer step.
        bias_constraint: The same for each bias.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid of a projection of the queries.
        seed: An integer, for draws that are the same in each run.

    Call:
        query: Shape (batch, ..., features), such as (batch, queries, features). `value`, `key`: likewise; keys are the
            values by default. `query_mask`, `value_mask`, `key_mask`: bools of shape (batch, ...), by default those
            that the tensors carry. `attention_mask`: what each query may attend to, shape (batch, queries, keys) or
            (batch, heads, queries, keys). `use_causal_mask`: whether query `i` attends to keys up to `i` alone.
            Returns floats like `query`, and with `return_attention_scores` also the weights of keys, of shape
            (batch, heads, queries, keys), before any are dropped.

    Raises:
        ArgumentError: An argument is none of these.
        NotSupportedError: `flash_attention=True`, where the kernel can't be had.
        ShapeError: Shapes or masks do not fit.

    Source: Vaswani et al. (2017), "Attention is all you need", NeurIPS, section 3.2.2.

    ```python
    >>> import multikeras as keras
    >>> x = keras.ops.ones((2, 5, 16))
    >>> y, scores = MultiHeadAttention(num_heads=4, key_dim=8)(x, x, return_attention_scores=True)
    >>> y.shape, scores.shape
    ((2, 5, 16), (2, 4, 5, 5))

    ```
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            dropout=dropout,
            use_bias=use_bias,
            sliding_window=sliding_window,
            flash_attention=flash_attention,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            use_gate=use_gate,
            seed=seed,
            **kwargs,
        )
        self.num_heads = check_size("num_heads", num_heads)
        self.key_dim = check_size("key_dim", key_dim)
        self.value_dim = self.key_dim if value_dim is None else check_size("value_dim", value_dim)
        if output_shape is not None and not isinstance(output_shape, (list, tuple)):
            output_shape = (output_shape,)
        self._output_shape = tuple(check_size("output_shape", s) for s in output_shape) if output_shape else None
        if attention_axes is not None and not isinstance(attention_axes, (list, tuple)):
            attention_axes = (attention_axes,)
        if attention_axes is not None and any(not hasattr(a, "__index__") for a in attention_axes):
            raise ArgumentError("`attention_axes` are integers.", received=repr(attention_axes), hint="(1, 2)")
        self.attention_axes = None if attention_axes is None else tuple(int(a) for a in attention_axes)
        self._scale = 1 / math.sqrt(self.key_dim)

    @property
    def dropout(self) -> float:
        """The rate at which weights of keys are dropped in training."""
        return self._dropout

    @property
    def use_bias(self) -> bool:
        """Whether projections add biases."""
        return self._use_bias

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        self._check(query_shape, value_shape, key_shape)
        rank = len(query_shape)
        self._axes = MergedAxes(rank, self.attention_axes)
        self.attention_axes = self._axes.axes
        free = string.ascii_lowercase[: rank - 1]

        with name_scope(self.name):
            self.query_dense = self._head("query", free, self.key_dim, query_shape)
            self.key_dense = self._head("key", free, self.key_dim, key_shape)
            if self._use_gate:
                self._gate_dense = self._head("gate", free, self.value_dim, query_shape, activation="sigmoid")
            self.value_dense = self._head("value", free, self.value_dim, value_shape)
            last = (query_shape[-1],) if self._output_shape is None else self._output_shape
            made = string.ascii_uppercase[: len(last)]
            equation = f"{free}yz,yz{made}->{free}{made}"
            sizes = (*(None,) * (rank - 2), *last)
            self.output_dense = self._projection("attention_output", equation, sizes, made)
            self.output_dense.build((*query_shape[:-1], self.num_heads, self.value_dim))
        self.built = True

    def _head(self, name: str, free: str, size: int, shape: Any, **more: Any) -> Any:
        sizes = (*(None,) * (len(free) - 1), self.num_heads, size)
        dense = self._projection(name, f"{free}x,xyz->{free}yz", sizes, "yz", **more)
        dense.build(shape)
        return dense

    def _check(self, query: Any, value: Any, key: Any) -> None:
        shapes = f"query {tuple(query)}, value {tuple(value)}, key {tuple(key)}"
        if not len(query) == len(value) == len(key) >= 3:
            raise ShapeError(f"{self.name!r} takes tensors of equally many axes, three or more.", received=shapes)
        if any(a != b and None not in (a, b) for a, b in zip(value[:-1], key[:-1], strict=True)):
            raise ShapeError(f"Values and keys of {self.name!r} have the same axes but the last.", received=shapes)

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The outputs, and the weights of keys if asked for."""
        key = value if key is None else key
        gate = self._projected(self._gate_dense, query) if self._use_gate else None
        q, k, v = (
            self._projected(self.query_dense, query),
            self._projected(self.key_dense, key),
            self._projected(self.value_dense, value),
        )
        axes = self._axes
        queries, keys = axes.sizes(query), axes.sizes(value)
        given = (("query_mask", query_mask, query), ("value_mask", value_mask, value), ("key_mask", key_mask, key))
        mask = self._mask_of(given, attention_mask, queries, keys, self.num_heads)
        q, k, v = axes.merge(q, queries), axes.merge(k, keys), axes.merge(v, keys)
        result, scores = self._attend(q, k, v, mask, use_causal_mask, training, return_attention_scores)
        result = axes.part(result, queries)
        result = self._projected(self.output_dense, result if gate is None else ops.multiply(result, gate))
        if not return_attention_scores:
            return result
        if not axes.plain:
            scores = ops.reshape(scores, (*queries[0], self.num_heads, *queries[1], *keys[1]))
        return result, scores

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> tuple[Any, ...]:
        """The shape of the output."""
        self._check(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        last = (query_shape[-1],) if self._output_shape is None else self._output_shape
        return (*query_shape[:-1], *last)

    def compute_output_spec(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The symbolic outputs."""
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        output = KerasTensor(shape, self.compute_dtype)
        if not return_attention_scores:
            return output
        queries, keys = self._axes.sizes(query), self._axes.sizes(value)
        return output, KerasTensor((*queries[0], self.num_heads, *queries[1], *keys[1]), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("num_heads", "key_dim", "value_dim", "attention_axes"),
            "output_shape": self._output_shape,
        }
