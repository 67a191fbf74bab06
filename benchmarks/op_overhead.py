"""What an op costs over the native call on the same tensors, in one process, in alternating blocks."""

from __future__ import annotations

from processes import Contestant, alternate
from report import Row

OPS = ("add", "matmul", "relu", "sum")
MOST = {"numpy": 1.0e-6, "torch": 1.0e-6, "jax": 2.0e-6, "tensorflow": 2.0e-6}


def rows(backends: list[str], rounds: int) -> list[Row]:
    found = []
    for backend in backends:
        times = alternate({"ops": Contestant("op_calls", backend, *OPS)}, rounds)["ops"]
        for op in OPS:
            ours, theirs = zip(*(t[op] for t in times))
            found.append(
                Row(f"ops.{op} 8x8", backend, list(ours), "native", list(theirs), "us", most_difference=MOST[backend])
            )
    return found
