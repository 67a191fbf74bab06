"""Every op on about a million entries beside Keras's op of the same name on the same backend, in one process."""

from __future__ import annotations

import gc
import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from contestants.large_inputs import arguments

import multikeras
from multikeras.ops._op import DECLARED

# A round of an op takes about this long, in calls that alternate between the two.
SECONDS = 0.03
MOST = 25


def waiting(backend: str) -> Callable[[Any], None]:
    """What waits for a result."""
    if backend == "jax":
        return importlib.import_module("jax").block_until_ready
    if backend != "tensorflow":
        return lambda result: None

    def read(result: Any) -> None:
        if isinstance(result, (list, tuple)):
            for each in result:
                read(each)
        elif hasattr(result, "numpy"):
            result.numpy()

    return read


def _named(root: Any, name: str) -> Any:
    for part in name.split("."):
        root = getattr(root, part, None)
    return root


def _converted(value: Any, convert: Callable) -> Any:
    if isinstance(value, np.ndarray):
        return convert(value)
    if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
        return [_converted(v, convert) for v in value]
    return value


def best(sides: tuple[Callable, Callable], args: tuple, named: dict[str, Any], wait: Callable) -> tuple[float, float]:
    """The best time of each of two functions, called in turn: what else the machine does only adds to times."""

    def seconds(call: Callable) -> float:
        start = time.perf_counter()
        wait(call(*args, **named))
        return time.perf_counter() - start

    for call in sides:
        seconds(call)
    times = [tuple(map(seconds, sides))]
    for _ in range(min(MOST, int(SECONDS / sum(times[0])))):
        times.append(tuple(map(seconds, sides)))
    ours, theirs = map(min, zip(*times))
    return ours, theirs


def prepare(backend: str, *only: str) -> Callable[[], dict[str, Any]]:
    """Times of a round by op; of ops that are not compared, what was raised, in the first round alone."""
    keras = importlib.import_module("keras")
    multikeras.set_backend(backend)
    warnings.simplefilter("ignore")
    wait = waiting(backend)
    convert = multikeras.ops.convert_to_tensor
    sides = {name: (_named(multikeras.ops, name), _named(keras.ops, name)) for name in only or DECLARED}
    sides = {name: pair for name, pair in sides.items() if all(map(callable, pair))}

    def one_round() -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name in list(sides):
            taken = arguments(DECLARED[name])
            if taken is None:
                result[name] = "no case that can grow"
                del sides[name]
                continue
            args = tuple(_converted(v, convert) for v in taken[0])
            named = {k: _converted(v, convert) for k, v in taken[1].items()}
            try:
                result[name] = best(sides[name], args, named, wait)
            except Exception as error:  # noqa: BLE001 - whichever of the two cannot take this call
                result[name] = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')[:100]}"
                del sides[name]
            gc.collect()
        return result

    return one_round
