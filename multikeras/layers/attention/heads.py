"""Attention of several heads, from projected queries, keys and values on: what its layers have in common."""

from __future__ import annotations

import math
from typing import Any

from multikeras import constraints, initializers, ops, random, regularizers
from multikeras.errors import ArgumentError
from multikeras.layers.attention import allowed as masks
from multikeras.layers.attention.merged_axes import MergedAxes
from multikeras.layers.core.einsum_dense import EinsumDense
from multikeras.layers.layer import Layer
from multikeras.ops.nn.attention import lowest_logit


class Heads(Layer):
    """A layer that attends with several heads.

    Args:
        dropout: The rate at which weights of keys are dropped in training.
        use_bias: Whether projections add biases.
        sliding_window: How far apart queries and keys may be: less than that; no bound by default.
        flash_attention: Whether the kernel that stores no logits is demanded; see `ops.dot_product_attention`.
        kernel_initializer: What makes the kernels.
        bias_initializer: What makes the biases.
        kernel_regularizer: A function of each kernel whose value is added to the loss.
        bias_regularizer: The same of each bias.
        activity_regularizer: The same of the output of each projection.
        kernel_constraint: A function that each kernel passes through after each optimizer step.
        bias_constraint: The same for each bias.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid of a projection of the queries.
        seed: An integer, for draws that are the same in each run.

    Raises:
        ArgumentError: An argument is none of these.
    """

    _axes: MergedAxes
    _scale: float

    def __init__(
        self,
        *,
        dropout: float,
        use_bias: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        use_gate: bool,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ArgumentError("`dropout` is a probability in [0, 1].", received=repr(dropout), hint="dropout=0.1")
        if sliding_window is not None and (
            isinstance(sliding_window, bool) or not hasattr(sliding_window, "__index__") or sliding_window < 1
        ):
            raise ArgumentError(
                "`sliding_window` is an integer from 1 on, or None.", received=repr(sliding_window), hint="256"
            )
        if flash_attention and dropout > 0:
            raise ArgumentError(
                "Flash attention drops no weights.", received=f"dropout={dropout}", hint="flash_attention=None"
            )
        self._dropout = dropout
        self._use_bias = use_bias
        self._sliding_window = sliding_window
        self._flash_attention = flash_attention
        self._kernel_initializer = initializers.get(kernel_initializer)
        self._bias_initializer = initializers.get(bias_initializer)
        self._kernel_regularizer = regularizers.get(kernel_regularizer)
        self._bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._kernel_constraint = constraints.get(kernel_constraint)
        self._bias_constraint = constraints.get(bias_constraint)
        self._use_gate = use_gate
        self.seed = seed
        self._seed_generator = random.SeedGenerator(seed) if dropout > 0 else None
        self.supports_masking = True

    def _projection(self, name: str, equation: str, output_shape: Any, bias_axes: str, **more: Any) -> EinsumDense:
        """A projection with the arguments that all have in common."""
        return EinsumDense(
            equation,
            output_shape=output_shape,
            bias_axes=bias_axes if self._use_bias else None,
            kernel_initializer=_another(self._kernel_initializer),
            bias_initializer=_another(self._bias_initializer),
            kernel_regularizer=self._kernel_regularizer,
            bias_regularizer=self._bias_regularizer,
            activity_regularizer=self._activity_regularizer,
            kernel_constraint=self._kernel_constraint,
            bias_constraint=self._bias_constraint,
            dtype=self.dtype_policy,
            name=name,
            **more,
        )

    def _projected(self, dense: EinsumDense, x: Any) -> Any:
        # The layer inside has the dtypes of this one, and its input is checked here: only losses need its call.
        return dense.call(x) if self._activity_regularizer is None else dense(x)

    @property
    def kernel_reason(self) -> str | None:
        """Why calls do not reach the fused kernel by the layer's arguments alone, `None` where they do."""
        if self._dropout > 0:
            return "weights of keys are dropped in training, so that logits are stored there"
        return None

    def _mask_of(self, given: Any, pairs: Any, queries: Any, keys: Any, heads: int) -> Any:
        """All that is allowed but for the causal rule, `None` for everything.

        Args:
            given: Triples of a name, a mask of steps or `None`, and the tensor whose steps these are.
            pairs: An `attention_mask`, or `None`.
            queries: The sizes of the batch axes of queries, and of those of their steps.
            keys: Those of keys.
            heads: The number of heads.
        """
        mask = None
        for name, steps, x in given:
            if steps is not None:
                mask = masks.both(mask, self._axes.steps(steps, x, name, self.name))
        if pairs is not None:
            mask = masks.both(mask, self._axes.pairs(pairs, queries, keys, heads, self.name))
        if self._sliding_window is not None:
            sizes = math.prod(queries[1]), math.prod(keys[1])
            mask = masks.both(mask, masks.rules_allowed(*sizes, False, self._sliding_window))
        return mask

    def _attend(
        self, query: Any, key: Any, value: Any, mask: Any, causal: bool, training: Any, scores_asked: bool
    ) -> tuple[Any, Any]:
        """The heads' outputs of shape (batch, queries, heads, size); and the weights of keys, if asked for.

        Args:
            query: Shape (batch, queries, heads, size).
            key: Shape (batch, keys, key heads, size).
            value: Shape (batch, keys, key heads, value size).
            mask: What is allowed; broadcasts to (batch, heads, queries, keys).
            causal: Whether query `i` may attend to keys up to `i` alone.
            training: Whether weights are dropped.
            scores_asked: Whether the weights are returned.
        """
        dropped = bool(training) and self._dropout > 0
        if not dropped and not scores_asked:
            result = ops.dot_product_attention(
                query, key, value, None, mask, self._scale, causal, self._flash_attention
            )
            return result, None
        if self._flash_attention:
            raise ArgumentError(
                f"Flash attention stores no scores, but {self.name!r} is asked for them.",
                received="return_attention_scores=True",
                hint="flash_attention=None",
            )
        groups = query.shape[2] // key.shape[2]
        if groups > 1:
            key, value = ops.repeat(key, groups, 2), ops.repeat(value, groups, 2)
        query = ops.transpose(ops.multiply(query, self._scale), (0, 2, 1, 3))
        logits = ops.matmul(query, ops.transpose(key, (0, 2, 3, 1)))
        if causal:
            sizes = ops.shape(logits)
            mask = masks.both(mask, masks.rules_allowed(sizes[2], sizes[3], True, None))
        if mask is not None:
            logits = ops.where(mask, logits, lowest_logit(self.compute_dtype))
        scores = ops.softmax(logits, -1)
        kept = random.dropout(scores, self._dropout, seed=self._seed_generator) if dropped else scores
        return ops.transpose(ops.matmul(kept, ops.transpose(value, (0, 2, 1, 3))), (0, 2, 1, 3)), scores

    def _hand_on_masks(self, inputs: Any, outputs: Any, previous: Any) -> None:
        # The scores have no steps.
        super()._hand_on_masks(inputs, outputs[0] if isinstance(outputs, tuple) else outputs, previous)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        serialize = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
        config = {
            **super().get_config(),
            "dropout": self._dropout,
            "use_bias": self._use_bias,
            "use_gate": self._use_gate,
            "sliding_window": self._sliding_window,
            "seed": self.seed,
        }
        for kind, module in serialize.items():
            names = ("kernel", "bias", "activity") if kind == "regularizer" else ("kernel", "bias")
            config |= {f"{n}_{kind}": module.serialize(getattr(self, f"_{n}_{kind}")) for n in names}
        return config


def _another(initializer: Any) -> Any:
    """An equal initializer with draws of its own, so that projections of equal shapes are not equal."""
    return (
        type(initializer).from_config(initializer.get_config()) if hasattr(initializer, "get_config") else initializer
    )
