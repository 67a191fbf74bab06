"""Cases of layers that look up and mark tokens."""

from __future__ import annotations

from typing import Any

from multikeras_conformance.layer_cases.case import LayerCase, make_case


def _tokens(name: str, label: str, shape: tuple[int, ...] = (2, 5), dtype: str = "int32", **more: Any) -> LayerCase:
    return LayerCase(name, {"input_dim": 7, "output_dim": 3, **more}, (shape,), dtype=dtype, low=0, high=7, label=label)


def _tables() -> list[LayerCase]:
    found = []
    for name in ("Embedding", "ReversibleEmbedding"):
        found += [
            _tokens(name, "default"),
            _tokens(name, "one-axis", (4,), embeddings_initializer="glorot_uniform"),
            _tokens(
                name,
                "regularized",
                embeddings_regularizer="l2",
                activity_regularizer="l2",
                embeddings_constraint="max_norm",
            ),
        ]
    return [
        *found,
        _tokens("Embedding", "bytes", (2, 2, 3), dtype="uint8"),
        _tokens("Embedding", "lora", lora_rank=2, lora_alpha=6.0),
        _tokens("ReversibleEmbedding", "capped", logit_soft_cap=3.0, reverse_dtype="float32"),
    ]


CASES = [
    *_tables(),
    make_case("Masking", (2, 3, 4), label="zero"),
    make_case("Masking", (2, 3, 4), label="number", mask_value=-1.5),
]
