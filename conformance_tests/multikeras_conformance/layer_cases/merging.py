"""Cases of layers that join tensors."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case


def _merges() -> list[LayerCase]:
    found = []
    for name in ("Add", "Average", "Maximum", "Minimum", "Multiply"):
        found += [
            make_case(name, (2, 3), (2, 3), (2, 3), label="three"),
            make_case(name, (2, 3, 4), (2, 1, 4), label="broadcast"),
            make_case(name, (2, 3, 4), (2, 4), label="fewer-axes"),
        ]
    return [
        *found,
        make_case("Subtract", (2, 3), (2, 3), label="two"),
        make_case("Subtract", (2, 3, 4), (2, 1, 1), label="broadcast"),
        make_case("Concatenate", (2, 3), (2, 1), (2, 2), label="last"),
        make_case("Concatenate", (2, 3, 4), (2, 1, 4), label="axis1", axis=1),
        make_case("Dot", (2, 3), (2, 3), label="vectors", axes=1),
        make_case("Dot", (2, 3, 4), (2, 5, 4), label="matrices", axes=(2, 2)),
        make_case("Dot", (2, 3, 4), (2, 4), label="cosine", axes=-1, normalize=True),
    ]


CASES = _merges()
