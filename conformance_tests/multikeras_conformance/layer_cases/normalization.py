"""Cases of normalizations by the statistics of each sample."""

from __future__ import annotations

from typing import Any

from multikeras import layers
from multikeras_conformance.layer_cases.case import LayerCase, make_case


class _Wrapping(LayerCase):
    """A case whose argument `layer` is a constructor, so that each layer wraps one of its own."""

    def make(self, **more: Any) -> Any:
        """A new layer."""
        policy = {"dtype": more["dtype"]} if "dtype" in more else {}
        return self.kind(**{**self.arguments, "layer": self.arguments["layer"](**policy), **more})


_SCALED: dict[str, Any] = {
    "beta_initializer": "uniform",
    "gamma_initializer": {"class_name": "RandomUniform", "config": {"minval": 0.5, "maxval": 1.5, "seed": 1}},
    "beta_regularizer": "l2",
    "gamma_regularizer": "l1",
    "beta_constraint": "non_neg",
    "gamma_constraint": "max_norm",
}

CASES: list[LayerCase] = [
    make_case("GroupNormalization", (2, 3, 4), label="default", groups=2),
    make_case("GroupNormalization", (2, 3, 2, 6), label="scaled", groups=3, epsilon=0.01, **_SCALED),
    make_case("GroupNormalization", (2, 4, 3, 3), label="first", groups=2, axis=1),
    make_case("GroupNormalization", (2, 3, 4, 3), label="middle", groups=2, axis=2, center=False),
    make_case("GroupNormalization", (2, 6), label="vectors", groups=3, scale=False),
    make_case("GroupNormalization", (2, 5, 3), label="instance", groups=-1),
    make_case("LayerNormalization", (2, 3), label="default"),
    make_case("LayerNormalization", (2, 3, 4), label="scaled", epsilon=0.01, **_SCALED),
    make_case("LayerNormalization", (2, 3, 4), label="axes", axis=[1, 2], gamma_initializer="uniform"),
    make_case("LayerNormalization", (2, 3, 4), label="axis1", axis=1, center=False),
    make_case("LayerNormalization", (2, 3, 4), label="apart", axis=[-1, 1], scale=False),
    make_case("LayerNormalization", (2, 3, 4), label="plain", center=False, scale=False),
    make_case("RMSNormalization", (2, 3), label="default"),
    make_case("RMSNormalization", (2, 3, 4), label="axes", axis=[1, 2], epsilon=0.01),
    make_case("RMSNormalization", (2, 3, 4), label="axis1", axis=1),
    _Wrapping(
        "SpectralNormalization",
        {"layer": lambda **k: layers.Dense(4, **k), "power_iterations": 2},
        ((2, 3),),
        label="dense",
    ),
    _Wrapping(
        "SpectralNormalization", {"layer": lambda **k: layers.Conv1D(4, 2, **k)}, ((2, 5, 3),), label="convolution"
    ),
    make_case("UnitNormalization", (2, 3), label="default"),
    make_case("UnitNormalization", (2, 3, 4), label="axes", axis=[1, 2]),
]
