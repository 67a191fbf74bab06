"""Cases of layers of all kinds."""

from __future__ import annotations

from multikeras import activations
from multikeras_conformance.layer_cases.case import LayerCase, make_case

CASES: list[LayerCase] = [
    make_case("Activation", (2, 3), label="relu", activation="relu"),
    make_case("Activation", (2, 3), label="softmax", activation="softmax"),
    make_case("Activation", (2, 3, 4), label="tanh", activation="tanh"),
    make_case("BatchNormalization", (6, 4), label="default"),
    make_case("BatchNormalization", (3, 4, 5), label="axis1", axis=1, momentum=0.5, epsilon=0.01),
    make_case("BatchNormalization", (3, 2, 2, 4), label="plain", center=False, scale=False),
    make_case(
        "BatchNormalization",
        (6, 4),
        label="initializers",
        beta_initializer="ones",
        gamma_initializer={"class_name": "Constant", "config": {"value": 2.0}},
        moving_mean_initializer="ones",
        beta_regularizer="l2",
        gamma_constraint="non_neg",
    ),
    make_case(
        "BatchNormalization",
        (6, 4),
        label="renorm",
        renorm=True,
        renorm_clipping={"rmin": 0.5, "rmax": 2.0, "dmax": 1.0},
    ),
    make_case("Dense", (2, 3), label="default", units=4),
    make_case("Dense", (2, 3, 5), label="rank3", units=2, activation="relu", use_bias=False),
    make_case(
        "Dense",
        (2, 3),
        label="regularized",
        units=4,
        activation="sigmoid",
        kernel_initializer="he_normal",
        bias_initializer="ones",
        kernel_regularizer="l1_l2",
        bias_regularizer="l2",
        activity_regularizer="l1",
        kernel_constraint="unit_norm",
        bias_constraint="non_neg",
    ),
    make_case("Dense", (2, 3), label="lora", units=4, lora_rank=2, lora_alpha=4),
    make_case("Dropout", (4, 6), label="half", rate=0.5, seed=3),
    make_case("Dropout", (4, 6, 2), label="noise-shape", rate=0.25, noise_shape=(None, 1, 2), seed=3),
    make_case("Dropout", (4, 6), label="none", rate=0.0),
    make_case("Flatten", (2, 3, 4), label="last"),
    make_case("Flatten", (2, 3, 4, 2), label="first", data_format="channels_first"),
    make_case("Flatten", (5,), label="no-axes"),
    make_case("Identity", (2, 3), label="one"),
    make_case("Lambda", (2, 3), label="named", function=activations.mish),
    make_case("Lambda", (2, 3), label="arguments", function=activations.elu, arguments={"alpha": 2.0}),
    make_case("Rescaling", (2, 3), label="numbers", scale=0.5, offset=-1.0),
    make_case("Rescaling", (2, 3), label="lists", scale=[1.0, 2.0, 3.0], offset=[0.0, 1.0, 0.5]),
    LayerCase("Rescaling", {"scale": 1 / 255}, ((2, 4),), dtype="uint8", low=0, high=255, label="images"),
    make_case("Reshape", (2, 6), label="pair", target_shape=(3, 2)),
    make_case("Reshape", (2, 3, 4), label="worked-out", target_shape=(-1, 6)),
]
