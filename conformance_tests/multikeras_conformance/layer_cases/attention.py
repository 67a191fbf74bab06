"""Cases of attention."""

from __future__ import annotations

from typing import Any

import multikeras as keras
from multikeras import layers
from multikeras_conformance.layer_cases.case import LayerCase, make_case


class _SelfAttending(layers.Layer):
    """A layer that takes queries and values each for itself, called on one tensor as both."""

    public = ""

    def __init__(self, name: str | None = None, trainable: bool = True, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.attention = getattr(layers, self.public)(dtype=dtype, trainable=trainable, **kwargs)
        self.arguments = kwargs

    def build(self, input_shape: Any) -> None:
        """Build the layer inside."""
        self.attention.build(input_shape, input_shape)
        self.built = True

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Its outputs."""
        return self.attention(x, x, training=training)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer inside, but for what both have."""
        inner = self.attention.get_config()
        return {**inner, **super().get_config(), **{k: inner[k] for k in self.arguments}}


@keras.saving.register_keras_serializable("conformance")
class SelfMultiHead(_SelfAttending):
    """MultiHeadAttention of one tensor."""

    public = "MultiHeadAttention"


@keras.saving.register_keras_serializable("conformance")
class SelfGroupQuery(_SelfAttending):
    """GroupQueryAttention of one tensor."""

    public = "GroupQueryAttention"


class _SelfCase(LayerCase):
    """A case of a layer that is called on one tensor through one of these."""

    @property
    def kind(self) -> type:
        """The class of the layer around."""
        return {"MultiHeadAttention": SelfMultiHead, "GroupQueryAttention": SelfGroupQuery}[self.name]


_REGULARIZED: dict[str, Any] = {
    "kernel_initializer": "he_normal",
    "bias_initializer": "uniform",
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
}


def _heads(label: str, *shape: int, **more: Any) -> LayerCase:
    return _SelfCase("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, **more}, (shape,), label=label)


def _groups(label: str, *shape: int, **more: Any) -> LayerCase:
    arguments = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **more}
    return _SelfCase("GroupQueryAttention", arguments, (shape,), label=label)


CASES: list[LayerCase] = [
    _heads("default", 2, 5, 4),
    _heads("sizes", 2, 5, 4, value_dim=5, output_shape=6, use_bias=False),
    _heads("images", 2, 3, 2, 4, output_shape=[2, 3]),
    _heads("axes", 2, 3, 4, 5, attention_axes=(1,), value_dim=2),
    _heads("window", 2, 5, 4, sliding_window=2, use_gate=True),
    _heads("dropout", 2, 5, 4, dropout=0.5, seed=3),
    _heads("regularized", 2, 5, 4, **_REGULARIZED),
    _groups("default", 2, 5, 4),
    _groups("one", 2, 5, 4, num_key_value_heads=1, use_bias=False, use_gate=True),
    _groups("window", 2, 5, 4, sliding_window=3),
    _groups("dropout", 2, 5, 4, dropout=0.5, seed=3),
    _groups("regularized", 2, 5, 4, **_REGULARIZED),
    make_case("Attention", (2, 3, 4), (2, 5, 4), label="default"),
    make_case("Attention", (2, 3, 4), (2, 5, 2), (2, 5, 4), label="key", use_scale=True),
    make_case("Attention", (2, 3, 4), (2, 5, 4), label="concat", score_mode="concat", use_scale=True),
    make_case("Attention", (2, 3, 4), (2, 5, 4), label="dropout", dropout=0.5, seed=3),
    make_case("AdditiveAttention", (2, 3, 4), (2, 5, 4), label="default"),
    make_case("AdditiveAttention", (2, 3, 4), (2, 5, 2), (2, 5, 4), label="key", use_scale=False),
]
