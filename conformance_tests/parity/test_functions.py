"""Functions of `keras.ops` that are no declared ops, and those that are declared in another form: results of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from parity.differences import Seen, judge

import multikeras
from multikeras.ops._op import DECLARED

X = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -0.5]], np.float32)


def _custom_gradient(k: Any) -> Any:
    @k.ops.custom_gradient
    def clipped(x: Any) -> Any:
        def grad(*args: Any, upstream: Any = None) -> Any:
            (upstream,) = args if upstream is None else (upstream,)
            return k.ops.multiply(k.ops.sign(upstream), 2.0)

        return k.ops.square(x), grad

    return clipped(k.ops.convert_to_tensor(X))


def _while_loop(k: Any) -> Any:
    def condition(i: Any, x: Any) -> Any:
        return k.ops.less(i, 5)

    def body(i: Any, x: Any) -> Any:
        return k.ops.add(i, 1), k.ops.multiply(x, 1.5)

    start = (k.ops.convert_to_tensor(np.int32(0)), k.ops.convert_to_tensor(X))
    return [*k.ops.while_loop(condition, body, start), *k.ops.while_loop(condition, body, start, maximum_iterations=3)]


# What each of them returns for some arguments, given one of the two libraries.
CALLS: dict[str, Callable[[Any], Any]] = {
    "array": lambda k: [k.ops.array([1, 2]), k.ops.array([1.5, 2.0], "float16"), k.ops.array([True])],
    "associative_scan": lambda k: [
        k.ops.associative_scan(k.ops.add, k.ops.convert_to_tensor(X), axis=1),
        k.ops.associative_scan(k.ops.multiply, k.ops.convert_to_tensor(X), reverse=True),
    ],
    "convert_to_numpy": lambda k: k.ops.convert_to_numpy(k.ops.convert_to_tensor(X)),
    "convert_to_tensor": lambda k: [
        k.ops.convert_to_tensor(X),
        k.ops.convert_to_tensor([1, 2, 3]),
        k.ops.convert_to_tensor([[1.0], [2.0]], dtype="float16"),
        k.ops.convert_to_tensor(True),
    ],
    "custom_gradient": _custom_gradient,
    "dtype": lambda k: str(k.ops.dtype(k.ops.convert_to_tensor(X))),
    "fori_loop": lambda k: k.ops.fori_loop(1, 4, lambda i, x: x + k.ops.cast(i, "float32"), k.ops.convert_to_tensor(X)),
    "is_tensor": lambda k: [k.ops.is_tensor(k.ops.convert_to_tensor(X)), k.ops.is_tensor("text")],
    "map": lambda k: k.ops.map(lambda row: k.ops.sum(k.ops.square(row)), k.ops.convert_to_tensor(X)),
    "ndim": lambda k: k.ops.ndim(k.ops.convert_to_tensor(X)),
    "shape": lambda k: tuple(k.ops.shape(k.ops.convert_to_tensor(X))),
    "size": lambda k: np.asarray(k.ops.convert_to_numpy(k.ops.size(k.ops.convert_to_tensor(X)))).tolist(),
    "vectorize": lambda k: k.ops.vectorize(lambda a, b: k.ops.add(a, b))(
        k.ops.convert_to_tensor(X), k.ops.convert_to_tensor(X[0])
    ),
    "while_loop": _while_loop,
}


def _functions() -> list[str]:
    """The names of Keras's functions of which no declared op is the namesake or the same object."""
    declared = {id(op.function) for op in DECLARED.values()}
    names = (name for name in dir(keras.ops) if not name.startswith("_") and callable(getattr(keras.ops, name)))
    return [name for name in names if name not in DECLARED and id(getattr(multikeras.ops, name)) not in declared]


def test_each_function_is_compared() -> None:
    """Those that are no declared ops, and the two that are declared in the form that backends implement."""
    assert set(_functions()) | {"custom_gradient", "while_loop"} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_function_is_keras(name: str) -> None:
    """Values, dtypes, and whatever else is returned; what differs is in differences.toml, and nothing else is."""
    received = _flat(CALLS[name](multikeras))
    try:
        wanted = _flat(CALLS[name](keras))
    except Exception as error:  # noqa: BLE001 - whatever Keras raises
        seen = [Seen(name, "functions", "", (), "uncompared", message=str(error))]
    else:
        seen = _differences(name, received, wanted)
    wrong = judge(name, keras.backend.backend(), "functions", seen)
    assert not wrong, "\n\n".join(wrong)


def _differences(name: str, received: list[Any], wanted: list[Any]) -> list[Seen]:
    ours, theirs = (tuple(str(getattr(x, "dtype", type(x).__name__)) for x in some) for some in (received, wanted))
    found = (
        [] if ours == theirs else [Seen(name, "functions", "", (), "dtype", ours, theirs, f"{ours}, Keras {theirs}")]
    )
    try:
        for we, they in zip(received, wanted, strict=True):
            np.testing.assert_allclose(we, they, rtol=1e-6) if isinstance(they, np.ndarray) else _assert_equal(we, they)
    except (AssertionError, ValueError) as error:
        found.append(Seen(name, "functions", "", (), "values", ours, theirs, str(error)))
    return found


def _assert_equal(we: Any, they: Any) -> None:
    assert we == they


def _flat(results: Any) -> list[Any]:
    if isinstance(results, (list, tuple)):
        return [each for result in results for each in _flat(result)]
    if isinstance(results, (str, bool, int)):
        return [results]
    return [np.asarray(keras.ops.convert_to_numpy(results))]
