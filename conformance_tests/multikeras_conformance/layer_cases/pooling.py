"""Cases of pooling."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case, spatial


def _poolings() -> list[LayerCase]:
    found = []
    for kind in ("Max", "Average"):
        for rank in (1, 2, 3):
            name = f"{kind}Pooling{rank}D"
            last, first = spatial(rank), spatial(rank, first=True)
            found += [
                # The window of an average has no default.
                make_case(name, last, label="default", **({"pool_size": 2} if kind == "Average" else {})),
                make_case(name, last, label="same-strided", pool_size=3, strides=2, padding="same"),
                make_case(name, first, label="first", pool_size=2, strides=1, data_format="channels_first"),
                make_case(name, first, label="first-same", pool_size=2, padding="same", data_format="channels_first"),
                make_case(f"Global{name}", last, label="last"),
                make_case(f"Global{name}", first, label="first", data_format="channels_first", keepdims=True),
            ]
    return found


CASES = _poolings()
