"""What an eager call of a small dense layer takes beside the framework's own layer or expression, and Keras's layer."""

from __future__ import annotations

from processes import Contestant, alternate
from report import Row

MOST_RATIO = {"torch": 3.0}
MOST_DIFFERENCE = 15e-6


def rows(backends: list[str], rounds: int) -> list[Row]:
    """`Dense(8)(x)` on each backend; on torch the target is a ratio, elsewhere a difference."""
    found = []
    for backend in backends:
        contestant = Contestant("layer_calls", backend, KERAS_BACKEND=backend)
        times = alternate({"layer": contestant}, rounds)["layer"]
        ours, theirs, keras = zip(*times)
        ratio = MOST_RATIO.get(backend)
        native = Row("Dense(8)(x)", backend, list(ours), "native", list(theirs), "us", most_ratio=ratio)
        if ratio is None:
            native.most_difference = MOST_DIFFERENCE
        found += [native, Row("Dense(8)(x)", backend, list(ours), "Keras", list(keras), "us")]
    return found
