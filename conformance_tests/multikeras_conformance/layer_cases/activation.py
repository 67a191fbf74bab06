"""Cases of layers that compute an activation."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case

CASES: list[LayerCase] = [
    make_case("ActivityRegularization", (2, 3), label="both", l1=0.5, l2=0.25),
    make_case("ELU", (2, 3), label="default"),
    make_case("ELU", (2, 3, 4), label="steep", alpha=2.0),
    make_case("LeakyReLU", (2, 3), label="default"),
    make_case("LeakyReLU", (2, 3, 4), label="slope", negative_slope=0.125),
    make_case(
        "PReLU", (2, 3), label="quarter", alpha_initializer={"class_name": "Constant", "config": {"value": 0.25}}
    ),
    make_case("PReLU", (2, 3, 2, 4), label="shared", alpha_initializer="uniform", shared_axes=[1, 2]),
    make_case("PReLU", (2, 3), label="regularized", alpha_regularizer="l2", alpha_constraint="non_neg", shared_axes=1),
    make_case("ReLU", (2, 3), label="default"),
    make_case("ReLU", (2, 3, 4), label="all", max_value=1.0, negative_slope=0.25, threshold=0.5),
    make_case("Softmax", (2, 3), label="default"),
    make_case("Softmax", (2, 3, 4), label="axes", axis=(1, 2)),
]
