"""Attention: queries attend to keys as they are, without projections."""

from __future__ import annotations

from typing import Any

from multikeras import ops, random
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.attention import allowed as masks
from multikeras.layers.layer import Layer
from multikeras.ops.nn.attention import lowest_logit


class Attention(Layer):
    """`softmax(scores(query, key)) @ value`, with scores that are dot products by default.

    Args:
        use_scale: Whether scores are multiplied by a trained number.
        score_mode: `"dot"`: `query @ transpose(key)`. `"concat"`: `weight * sum(tanh(scale * (query + key)))`, with a
            trained weight.
        dropout: The rate at which weights of keys are dropped in training.
        seed: An integer, for draws that are the same in each run.

    Call:
        inputs: A list of queries (batch, queries, features), values (batch, keys, value features) and, if they are not
            the values, keys (batch, keys, features). `mask`: a list of masks of steps, by default those that the
            tensors carry; what is padding among the values counts for nothing, and what is padding among the queries
            gets zeros. `use_causal_mask`: whether query `i` attends to keys up to `i` alone. A query that may attend to
            nothing gets the mean of all values. With `return_attention_scores` returns the weights of keys too, of
            shape (batch, queries, keys).

    Raises:
        ArgumentError: An argument is none of these.
        ShapeError: A mask is not that of the steps.
        StructureError: The inputs are no list of two or three.

    Source: Luong, Pham, Manning (2015), "Effective approaches to attention-based neural machine translation", EMNLP,
    eq. 7 and 8.

    ```python
    >>> import multikeras as keras
    >>> query, value = keras.ops.ones((2, 3, 4)), keras.ops.ones((2, 5, 4))
    >>> Attention()([query, value]).shape
    (2, 3, 4)

    ```
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ArgumentError("`score_mode` is 'dot' or 'concat'.", received=repr(score_mode), hint="'dot'")
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ArgumentError("`dropout` is a probability in [0, 1].", received=repr(dropout), hint="dropout=0.1")
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed) if dropout > 0 else None
        self.scale: Any = None
        self.concat_score_weight: Any = None
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the numbers that scores are multiplied by."""
        self._listed(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")
        self.built = True

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The values, weighted for each query."""
        query, value, *key = self._listed(inputs)
        query_mask, value_mask = (None, None) if mask is None else self._listed(mask, "mask")[:2]
        scores = self._scores(query, key[0] if key else value)
        allowed = None if value_mask is None else ops.expand_dims(self._steps(value_mask, value, "value"), -2)
        if use_causal_mask:
            queries, keys = ops.shape(scores)[-2:]
            allowed = masks.both(allowed, masks.rules_allowed(queries, keys, True, None))
        if allowed is not None:
            scores = ops.where(allowed, scores, lowest_logit(self.compute_dtype))
        weights = ops.softmax(scores, -1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        result = ops.matmul(weights, value)
        if query_mask is not None:
            result = ops.where(ops.expand_dims(self._steps(query_mask, query, "query"), -1), result, 0)
        return (result, weights) if return_attention_scores else result

    def _scores(self, query: Any, key: Any) -> Any:
        """Shape (batch, queries, keys)."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        pairs = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        pairs = pairs if self.scale is None else ops.multiply(pairs, self.scale)
        return ops.multiply(ops.sum(ops.tanh(pairs), -1), self.concat_score_weight)

    def _steps(self, mask: Any, x: Any, what: str) -> Any:
        return masks.checked_steps(mask, tuple(x.shape), f"mask of the {what}", self.name)

    def _listed(self, inputs: Any, what: str = "inputs") -> Any:
        if not isinstance(inputs, (list, tuple)) or not 2 <= len(inputs) <= 3:
            raise StructureError(
                f"`{what}` of {self.name!r} is a list: of the query, the value and, if it is not the value, the key.",
                received=f"{type(inputs).__name__}" + (f" of {len(inputs)}" if hasattr(inputs, "__len__") else ""),
                hint=f"layer([query, value]{', mask=[query_mask, value_mask]' if what == 'mask' else ''})",
            )
        if what == "inputs" and any(hasattr(x, "shape") and len(x.shape) < 2 for x in inputs):
            raise ShapeError(f"{self.name!r} takes tensors of shape (batch, steps, features).", received=repr(inputs))
        return inputs

    def _hand_on_masks(self, inputs: Any, outputs: Any, previous: Any) -> None:
        # The scores have no steps.
        super()._hand_on_masks(inputs, outputs[0] if isinstance(outputs, tuple) else outputs, previous)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the queries."""
        return None if mask is None else self._listed(mask, "mask")[0]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The shape of the queries, with the features of the values."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The symbolic outputs."""
        query, value, *key = self._listed(inputs)
        output = KerasTensor(self.compute_output_shape([query.shape, value.shape]), self.compute_dtype)
        if not return_attention_scores:
            return output
        steps = (key[0] if key else value).shape[-2]
        return output, KerasTensor((*query.shape[:-1], steps), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("use_scale", "score_mode", "dropout", "seed")}
