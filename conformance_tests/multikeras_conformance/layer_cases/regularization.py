"""Cases of layers that do something in training alone."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case, spatial

CASES: list[LayerCase] = [
    make_case("AlphaDropout", (4, 6), label="half", rate=0.5, seed=3),
    make_case("AlphaDropout", (4, 6, 2), label="noise-shape", rate=0.25, noise_shape=(None, 1, 2), seed=3),
    make_case("AlphaDropout", (4, 6), label="none", rate=0.0),
    make_case("GaussianDropout", (4, 6), label="half", rate=0.5, seed=3),
    make_case("GaussianDropout", (4, 6), label="none", rate=0.0),
    make_case("GaussianNoise", (4, 6), label="half", stddev=0.5, seed=3),
    make_case("GaussianNoise", (4, 6), label="none", stddev=0.0),
    make_case("SpatialDropout1D", spatial(1), label="half", rate=0.5, seed=3),
    make_case("SpatialDropout1D", spatial(1), label="none", rate=0.0),
    make_case("SpatialDropout2D", spatial(2), label="half", rate=0.5, seed=3),
    make_case(
        "SpatialDropout2D", spatial(2, first=True), label="first", rate=0.5, data_format="channels_first", seed=3
    ),
    make_case("SpatialDropout3D", spatial(3), label="half", rate=0.5, seed=3),
    make_case(
        "SpatialDropout3D", spatial(3, first=True), label="first", rate=0.5, data_format="channels_first", seed=3
    ),
]
