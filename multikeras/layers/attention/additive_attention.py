"""AdditiveAttention: scores are sums of queries and keys behind a tanh."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.attention.attention import Attention


class AdditiveAttention(Attention):
    """`softmax(sum(scale * tanh(query + key))) @ value`, with a trained number for each feature.

    Args:
        use_scale: Whether there are these numbers; else all are 1.
        dropout: The rate at which weights of keys are dropped in training.
        **kwargs: `seed`, an integer, for draws that are the same in each run; and those of every layer.

    Call:
        inputs: A list of queries and values, and keys if they are not the values. See `Attention`.

    Raises:
        ArgumentError: The rate is no probability.
        ShapeError: A mask is not that of the steps.
        StructureError: The inputs are no list of two or three.

    Source: Bahdanau, Cho, Bengio (2015), "Neural machine translation by jointly learning to align and translate", ICLR,
    section A.1.2.

    ```python
    >>> import multikeras as keras
    >>> query, value = keras.ops.ones((2, 3, 4)), keras.ops.ones((2, 5, 4))
    >>> AdditiveAttention()([query, value]).shape
    (2, 3, 4)

    ```
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the factors of features."""
        query, *_ = self._listed(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(query[-1],), initializer="glorot_uniform")
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        """Shape (batch, queries, keys)."""
        pairs = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(pairs, -1) if self.scale is None else ops.matmul(pairs, self.scale)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = super().get_config()
        del config["score_mode"]
        return config
