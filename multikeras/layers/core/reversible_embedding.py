"""ReversibleEmbedding: a row for each token, and a score of each token for a row."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.layers.core.embedding import Embedding


class ReversibleEmbedding(Embedding):
    """`embeddings[inputs]`; called with `reverse=True`, `inputs @ transpose(embeddings)`.

    Args:
        input_dim: The number of tokens.
        output_dim: The size of a row.
        tie_weights: Whether the way back uses the same table; else it has one of its own.
        embeddings_initializer: What makes the tables.
        embeddings_regularizer: A function of the table whose value is added to the loss.
        embeddings_constraint: A function that the table passes through after each optimizer step.
        mask_zero: Whether token 0 is padding: the rows then carry a mask.
        reverse_dtype: The dtype in which scores are computed; by default that of the inputs.
        logit_soft_cap: A bound `c` of the scores, `c * tanh(scores / c)`; none by default.

    Call:
        inputs: Tokens; or floats of shape (..., output_dim), with `reverse=True`, for scores of shape (..., input_dim).

    Raises:
        ArgumentError: The bound is no number above 0.

    Source: Press and Wolf (2017), "Using the output embedding to improve language models", EACL.

    ```python
    >>> import multikeras as keras
    >>> layer = ReversibleEmbedding(3, 2, weights=[[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]])
    >>> layer(keras.ops.array([[1.0, 1.0]]), reverse=True).tolist()
    [[0.0, 3.0, 7.0]]

    ```
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        # Known when `weights` makes the base class build.
        self.tie_weights = tie_weights
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        if logit_soft_cap is not None and not logit_soft_cap > 0:
            raise ArgumentError("`logit_soft_cap` is above 0.", received=repr(logit_soft_cap), hint="30.0")
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Make the tables."""
        if self.built:
            return
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """The rows, or the scores."""
        if not reverse:
            return super().call(inputs)
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        dtype = self.reverse_dtype or self.compute_dtype
        logits = ops.matmul(ops.cast(inputs, dtype), ops.cast(kernel, dtype))
        if self.logit_soft_cap is not None:
            logits = ops.multiply(ops.tanh(ops.divide(logits, self.logit_soft_cap)), self.logit_soft_cap)
        return logits

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: the rows are given theirs as they are made, and the mask of rows goes for their scores too."""
        return mask

    def _saved(self) -> list[Any]:
        return [self._embeddings] if self.tie_weights else [self._embeddings, self.reverse_embeddings]

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("tie_weights", "reverse_dtype", "logit_soft_cap")}
