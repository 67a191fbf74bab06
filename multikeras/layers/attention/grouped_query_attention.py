"""GroupedQueryAttention: fewer heads of keys and values than of queries."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.attention.heads import Heads
from multikeras.layers.attention.merged_axes import MergedAxes
from multikeras.layers.core.dense import check_size
from multikeras.state.scope import name_scope


class GroupedQueryAttention(Heads):
    """Attention of `num_query_heads` heads, groups of which share one head of keys and values.

    With one head of keys for each of queries it is `MultiHeadAttention`. A query that may attend to nothing gets the
    mean of all values. Where no scores are asked for and none are dropped, they are not stored either.

    Args:
        head_dim: The size of each head.
        num_query_heads: The number of heads of queries.
        num_key_value_heads: The number of heads of keys and values, by which that of queries is divided.
        dropout: The rate at which weights of keys are dropped in training.
        use_bias: Whether projections add biases.
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
        query: Shape (batch, queries, features). The other arguments and the result are those of `MultiHeadAttention`.

    Raises:
        ArgumentError: An argument is none of these.
        NotSupportedError: `flash_attention=True`, where the kernel can't be had.
        ShapeError: Shapes or masks do not fit.

    Source: Ainslie et al. (2023), "GQA: Training generalized multi-query transformer models from multi-head
    checkpoints", EMNLP, section 2.2.

    ```python
    >>> import multikeras as keras
    >>> x = keras.ops.ones((2, 5, 16))
    >>> GroupedQueryAttention(head_dim=8, num_query_heads=4, num_key_value_heads=2)(x, x).shape
    (2, 5, 16)

    ```
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        self.head_dim = check_size("head_dim", head_dim)
        self.num_query_heads = check_size("num_query_heads", num_query_heads)
        self.num_key_value_heads = check_size("num_key_value_heads", num_key_value_heads)
        if num_query_heads % num_key_value_heads:
            raise ArgumentError(
                "`num_query_heads` is a multiple of `num_key_value_heads`.",
                received=f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}",
            )
        self._scale = 1 / math.sqrt(self.head_dim)

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        self._check(query_shape, value_shape, key_shape)
        self._axes = MergedAxes(3, None)
        queries, keys = self.num_query_heads, self.num_key_value_heads
        with name_scope(self.name):
            self._query_dense = self._head("query", queries, query_shape)
            self._key_dense = self._head("key", keys, key_shape)
            if self._use_gate:
                self._gate_dense = self._head("gate", queries, query_shape, activation="sigmoid")
            self._value_dense = self._head("value", keys, value_shape)
            output = (None, query_shape[-1])
            self._output_dense = self._projection("attention_output", "bquh,uhm->bqm", output, "m")
            self._output_dense.build((*query_shape[:2], queries, self.head_dim))
        self.built = True

    def _head(self, name: str, heads: int, shape: Any, **more: Any) -> Any:
        dense = self._projection(name, "bqm,muh->bquh", (None, heads, self.head_dim), "uh", **more)
        dense.build(shape)
        return dense

    def _check(self, query: Any, value: Any, key: Any) -> None:
        shapes = f"query {tuple(query)}, value {tuple(value)}, key {tuple(key)}"
        if not len(query) == len(value) == len(key) == 3:
            raise ShapeError(f"{self.name!r} takes tensors of shape (batch, steps, features).", received=shapes)
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
        given = (("query_mask", query_mask, query), ("value_mask", value_mask, value), ("key_mask", key_mask, key))
        sizes = self._axes.sizes(query), self._axes.sizes(value)
        mask = self._mask_of(given, attention_mask, *sizes, self.num_query_heads)
        result, scores = self._attend(
            self._projected(self._query_dense, query),
            self._projected(self._key_dense, key),
            self._projected(self._value_dense, value),
            mask,
            use_causal_mask,
            training,
            return_attention_scores,
        )
        if self._use_gate:
            result = ops.multiply(result, self._projected(self._gate_dense, query))
        result = self._projected(self._output_dense, result)
        return (result, scores) if return_attention_scores else result

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> tuple[Any, ...]:
        """The shape of the output: that of the queries."""
        self._check(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return tuple(query_shape)

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
        scores = (query.shape[0], self.num_query_heads, query.shape[1], value.shape[1])
        return output, KerasTensor(scores, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("head_dim", "num_query_heads", "num_key_value_heads")}
