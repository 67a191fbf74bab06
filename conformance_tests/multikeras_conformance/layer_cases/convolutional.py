"""Cases of convolutions."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case, spatial


def _convolutions() -> list[LayerCase]:
    found = []
    for rank in (1, 2, 3):
        name = f"Conv{rank}D"
        last, first = spatial(rank), spatial(rank, first=True)
        found += [
            make_case(name, last, label="valid", filters=3, kernel_size=2),
            make_case(name, last, label="same-strided", filters=3, kernel_size=3, strides=2, padding="same"),
            make_case(name, last, label="dilated", filters=2, kernel_size=2, dilation_rate=2, activation="tanh"),
            make_case(name, last, label="groups", filters=4, kernel_size=2, groups=2, use_bias=False),
            make_case(name, first, label="first", filters=3, kernel_size=2, data_format="channels_first"),
            make_case(
                name,
                first,
                label="first-same-strided",
                filters=2,
                kernel_size=2,
                strides=2,
                padding="same",
                data_format="channels_first",
                activation="relu",
                bias_initializer="ones",
            ),
            make_case(
                name,
                last,
                label="regularized",
                filters=2,
                kernel_size=1,
                kernel_regularizer="l2",
                bias_regularizer={"class_name": "L1", "config": {"l1": 0.5}},
                kernel_constraint="non_neg",
                bias_constraint="max_norm",
                activity_regularizer="l2",
            ),
        ]
    found += [
        make_case("Conv1D", (2, 7, 4), label="causal", filters=3, kernel_size=3, padding="causal", dilation_rate=2),
        make_case("Conv2D", (2, 6, 5, 4), label="oblong", filters=3, kernel_size=(2, 3), strides=(1, 2)),
    ]
    return found


def _transposed() -> list[LayerCase]:
    found = []
    for rank in (1, 2, 3):
        name = f"Conv{rank}DTranspose"
        last, first = spatial(rank), spatial(rank, first=True)
        found += [
            make_case(name, last, label="valid", filters=3, kernel_size=2),
            make_case(name, last, label="same-strided", filters=3, kernel_size=3, strides=2, padding="same"),
            make_case(name, last, label="dilated", filters=2, kernel_size=2, dilation_rate=2, activation="tanh"),
            make_case(name, last, label="added", filters=2, kernel_size=2, strides=3, output_padding=1, use_bias=False),
            make_case(name, first, label="first", filters=3, kernel_size=2, strides=2, data_format="channels_first"),
        ]
    return [
        *found,
        make_case("Conv2DTranspose", (2, 4, 3, 2), label="oblong", filters=3, kernel_size=(2, 3), strides=(1, 2)),
        make_case(
            "Conv2DTranspose",
            (2, 4, 3, 2),
            label="same-added",
            filters=2,
            kernel_size=3,
            strides=(3, 2),
            padding="same",
            output_padding=(2, 0),
        ),
        make_case(
            "Conv1DTranspose",
            (2, 4, 3),
            label="regularized",
            filters=2,
            kernel_size=3,
            kernel_initializer="he_normal",
            bias_initializer="ones",
            kernel_regularizer="l2",
            bias_regularizer="l1",
            kernel_constraint="non_neg",
            bias_constraint="max_norm",
            activity_regularizer="l2",
        ),
    ]


def _depthwise() -> list[LayerCase]:
    found = []
    for rank in (1, 2):
        name, last, first = f"DepthwiseConv{rank}D", spatial(rank), spatial(rank, first=True)
        found += [
            make_case(name, last, label="valid", kernel_size=2),
            make_case(name, last, label="same", kernel_size=3, strides=2, padding="same", depth_multiplier=2),
            make_case(name, last, label="dilated", kernel_size=2, dilation_rate=2, activation="tanh", use_bias=False),
            make_case(name, first, label="first", kernel_size=2, depth_multiplier=2, data_format="channels_first"),
            make_case(
                name,
                last,
                label="regularized",
                kernel_size=2,
                depthwise_initializer="he_normal",
                bias_initializer="ones",
                depthwise_regularizer="l2",
                bias_regularizer="l1",
                depthwise_constraint="non_neg",
                bias_constraint="max_norm",
                activity_regularizer="l2",
            ),
        ]
    return found


def _separable() -> list[LayerCase]:
    found = []
    for rank in (1, 2):
        name, last, first = f"SeparableConv{rank}D", spatial(rank), spatial(rank, first=True)
        found += [
            make_case(name, last, label="valid", filters=3, kernel_size=2),
            make_case(name, last, label="same", filters=5, kernel_size=3, strides=2, padding="same"),
            make_case(name, last, label="dilated", filters=3, kernel_size=2, dilation_rate=2, use_bias=False),
            make_case(
                name,
                first,
                label="first",
                filters=3,
                kernel_size=2,
                depth_multiplier=2,
                activation="tanh",
                data_format="channels_first",
            ),
            make_case(
                name,
                last,
                label="regularized",
                filters=2,
                kernel_size=2,
                depthwise_initializer="he_normal",
                pointwise_initializer="he_uniform",
                bias_initializer="ones",
                depthwise_regularizer="l2",
                pointwise_regularizer="l2",
                bias_regularizer="l1",
                depthwise_constraint="non_neg",
                pointwise_constraint="unit_norm",
                bias_constraint="max_norm",
                activity_regularizer="l2",
            ),
        ]
    return found


CASES = [*_convolutions(), *_transposed(), *_depthwise(), *_separable()]
