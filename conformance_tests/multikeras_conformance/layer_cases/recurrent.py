"""Cases of recurrences, and of layers around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras import layers
from multikeras_conformance.layer_cases.case import LayerCase, make_case


class _Holding(LayerCase):
    """A case with arguments that are constructors, so that each layer holds cells or layers of its own."""

    def make(self, **more: Any) -> Any:
        """A new layer."""
        policy = {"dtype": more["dtype"]} if "dtype" in more else {}
        made = {k: v(**policy) if callable(v) else v for k, v in self.arguments.items()}
        return self.kind(**{**made, **more})


def _holding(name: str, *shapes: tuple[int, ...], label: str, **arguments: Any) -> LayerCase:
    return _Holding(name, arguments, shapes, label=label)


def _of(kind: Callable, *args: Any, **kwargs: Any) -> Callable:
    return lambda **policy: kind(*args, **kwargs, **policy)


_WEIGHTED: dict[str, Any] = {
    "kernel_initializer": "he_normal",
    "recurrent_initializer": "glorot_normal",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l1",
    "bias_regularizer": "l2",
    "activity_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "recurrent_constraint": "max_norm",
    "bias_constraint": "non_neg",
}
_SEQUENCE = (2, 5, 3)


def _vectors() -> list[LayerCase]:
    found = []
    for name in ("GRU", "LSTM", "SimpleRNN"):
        found += [
            make_case(name, _SEQUENCE, label="default", units=4),
            make_case(name, _SEQUENCE, label="sequences", units=4, return_sequences=True),
            make_case(name, _SEQUENCE, label="backwards", units=4, return_sequences=True, go_backwards=True),
            make_case(name, _SEQUENCE, label="relu", units=4, activation="relu", use_bias=False, unroll=True),
            make_case(name, _SEQUENCE, label="weighted", units=4, **_WEIGHTED),
            make_case(name, _SEQUENCE, label="dropout", units=4, dropout=0.5, seed=3),
            make_case(name, _SEQUENCE, label="dropouts", units=4, dropout=0.25, recurrent_dropout=0.5, seed=3),
        ]
    return [
        *found,
        make_case("GRU", _SEQUENCE, label="reset-before", units=4, reset_after=False, return_sequences=True),
        make_case("GRU", _SEQUENCE, label="hard", units=4, recurrent_activation="hard_sigmoid", reset_after=False),
        make_case("LSTM", _SEQUENCE, label="hard", units=4, recurrent_activation="hard_sigmoid"),
        make_case("LSTM", _SEQUENCE, label="plain-bias", units=4, unit_forget_bias=False, bias_initializer="uniform"),
    ]


def _convolutions() -> list[LayerCase]:
    sizes = {1: (6,), 2: (5, 4), 3: (4, 3, 3)}
    found = []
    for rank, inner in sizes.items():
        name, shape = f"ConvLSTM{rank}D", (2, 3, *inner, 2)
        found += [
            make_case(name, shape, label="default", filters=2, kernel_size=2),
            make_case(name, shape, label="sequences", filters=2, kernel_size=3, padding="same", return_sequences=True),
        ]
    first = (2, 3, 2, 5, 4)
    return [
        *found,
        make_case("ConvLSTM2D", first, label="first", filters=2, kernel_size=2, data_format="channels_first"),
        make_case("ConvLSTM2D", (2, 3, 5, 4, 2), label="strided", filters=2, kernel_size=2, strides=2, use_bias=False),
        make_case("ConvLSTM1D", (2, 3, 6, 2), label="dropouts", filters=2, kernel_size=2, dropout=0.3, seed=1),
        make_case("ConvLSTM1D", (2, 3, 6, 2), label="weighted", filters=2, kernel_size=2, **_WEIGHTED),
    ]


CASES: list[LayerCase] = [
    *_vectors(),
    *_convolutions(),
    _holding("RNN", _SEQUENCE, label="cell", cell=_of(layers.LSTMCell, 4), return_sequences=True),
    _holding(
        "RNN",
        _SEQUENCE,
        label="stack",
        cell=lambda **policy: layers.StackedRNNCells(
            [layers.LSTMCell(4, **policy), layers.GRUCell(3, **policy), layers.SimpleRNNCell(2, **policy)], **policy
        ),
    ),
    _holding("Bidirectional", _SEQUENCE, label="default", layer=_of(layers.LSTM, 3)),
    _holding("Bidirectional", _SEQUENCE, label="sequences", layer=_of(layers.GRU, 3, return_sequences=True)),
    _holding("Bidirectional", _SEQUENCE, label="mean", layer=_of(layers.SimpleRNN, 3), merge_mode="ave"),
    _holding(
        "Bidirectional",
        _SEQUENCE,
        label="two-kinds",
        layer=_of(layers.LSTM, 3),
        backward_layer=_of(layers.GRU, 3, go_backwards=True),
        merge_mode="mul",
    ),
    _holding("TimeDistributed", (2, 3, 4), label="dense", layer=_of(layers.Dense, 2, activation="relu")),
    _holding("TimeDistributed", (2, 3, 5, 2), label="convolution", layer=_of(layers.Conv1D, 2, 2)),
]
