"""Several training steps in one dispatch: the same as one by one, for whoever looks from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers
from multikeras.errors import ArgumentError
from multikeras.testing.fetches import counted_fetches
from multikeras.training import loop
from multikeras.training.execution import stacked

ROWS = 23


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS * 4, 6)).astype("float32"), rng.integers(0, 3, ROWS * 4).astype("int32")


def model_of(size: Any, dropout: float = 0.0) -> Any:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activation="tanh"),
            layers.BatchNormalization(),
            layers.Dropout(dropout, seed=1),
            layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], steps_per_execution=size)
    return model


@pytest.mark.parametrize("size", [2, 4, 50, "auto"])
def test_groups_of_steps_change_nothing(size: Any) -> None:
    """Weights, statistics and logs after groups of steps, the last being smaller, are those after steps one by one."""
    x, y = data()
    one, several = model_of(1), model_of(size)
    several.set_weights(one.get_weights())
    histories = [m.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history for m in (one, several)]
    for name in histories[0]:
        np.testing.assert_allclose(histories[1][name], histories[0][name], rtol=1e-5, atol=1e-6)
    for a, b in zip(one.get_weights(), several.get_weights(), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)


def test_groups_of_steps_evaluate_alike() -> None:
    """So are the results of an evaluation, of which the last batch is smaller."""
    x, y = data()
    one, several = model_of(1), model_of(3)
    several.set_weights(one.get_weights())
    a, b = (m.evaluate(x[:-1], y[:-1], batch_size=4, verbose=0) for m in (one, several))
    np.testing.assert_allclose(b, a, rtol=1e-5)


def test_callbacks_hear_of_groups() -> None:
    """Batch hooks are called once for each group, with its first and its last number."""
    x, y = data()
    heard: list[tuple[str, int]] = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda n, logs: heard.append(("begin", n)),
        on_train_batch_end=lambda n, logs: heard.append(("end", n)),
    )
    model_of(5).fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    firsts = range(0, ROWS, 5)
    assert heard == [e for n in firsts for e in (("begin", n), ("end", min(n + 5, ROWS) - 1))]


def test_a_generator_may_fill_its_arrays_again() -> None:
    """What a generator yields is read before it goes on."""
    x, y = data()

    def batches(copies: bool) -> Iterator[Any]:
        part = np.empty((4, 6), "float32")
        for start in range(0, len(x), 4):
            part[:] = x[start : start + 4]
            yield (part.copy() if copies else part), y[start : start + 4]

    results = []
    for copies, size in ((True, 1), (False, 1)):
        model = model_of(size)
        model.fit(batches(copies), steps_per_epoch=ROWS, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_values_that_are_held_outlive_training() -> None:
    """Tensors and arrays read from variables, before a fit or in a callback, keep their values."""
    x, y = data()
    model = model_of(4)
    held: list[tuple[Any, np.ndarray]] = []

    def hold() -> None:
        for v in (*model.variables, *model.optimizer.variables):
            held.append((v.numpy() if _shares_memory() else v.value, v.numpy().copy()))

    hold()
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda n, logs: hold() if n < 12 else None)
    model.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    for tensor, expected in held:
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(tensor), expected)


def _shares_memory() -> bool:
    """Whether the tensor of a variable is its storage, which is changed in place."""
    from multikeras.backend import Capability, current

    return Capability.MUTABLE_VARIABLES in current().can


def test_variables_with_one_array_train_apart() -> None:
    """Two variables that were assigned the same tensor are trained apart."""
    x, y = data()
    model = model_of(1)
    model.fit(x, y, batch_size=4, verbose=0)
    kernels = [w for w in model.trainable_variables if w.shape == (5,)]
    value = keras.ops.ones((5,))
    for v in kernels:
        v.assign(value)
    model.fit(x, y, batch_size=4, verbose=0)
    assert all(not np.array_equal(v.numpy(), np.ones(5)) for v in kernels)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(value), np.ones(5))


def test_batches_of_other_shapes_are_not_stacked() -> None:
    """Only batches of one shape and dtype become one."""
    a, b = np.zeros((4, 2), "float32"), np.zeros((3, 2), "float32")
    assert stacked([(a, a), (a, b)]) is None
    assert stacked([(a, None), (a, None)])[0].shape == (2, 4, 2)
    assert stacked([{"x": a}, {"x": a.astype("float64")}]) is None


def test_auto_decides_by_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that are fast are grouped if that is faster; long ones never are."""
    from multikeras.training import execution

    for single, grouped, expected in ((1e-4, 5e-5, 50), (1e-4, 2e-4, 1), (1e-2, 1e-2, 1)):
        clock = [0.0]
        monkeypatch.setattr(execution.time, "perf_counter", lambda clock=clock: clock[0])
        pace = execution._Pace()
        size = 1
        for _ in range(10):
            pace.begin_epoch(200)
            left = 200
            while left and not pace.decided:
                steps = min(size, left)
                left -= steps
                clock[0] += steps * (single if size == 1 else grouped)
                size = pace.after(steps, lambda: None)
        assert pace.decided
        assert size == expected


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "many"])
def test_sizes_of_groups_are_checked(size: Any) -> None:
    """They are integers from 1 on, or "auto"."""
    with pytest.raises(ArgumentError, match="steps_per_execution"):
        model_of(size)


def test_logs_are_fetched_when_looked_at() -> None:
    """Nothing is fetched from the device between the batches of an epoch while nobody looks."""
    x, y = data()
    model = model_of(1)
    model.fit(x, y, batch_size=4, verbose=0)
    seen_at: list[int] = []
    with counted_fetches(model._backend) as fetches:
        callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda n, logs: seen_at.append(fetches.count))
        model.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    assert len(seen_at) == ROWS
    assert seen_at[-1] == seen_at[0]


def test_a_bar_waits_for_the_device_as_often_as_it_redraws() -> None:
    """However many batches run and metrics there are, the host waits less than ten times a second, and at the end."""
    x, y = data()
    model = model_of(1)
    model.fit(x, y, batch_size=4, verbose=0)
    start = time.monotonic()
    with counted_fetches(model._backend) as fetches:
        history = model.fit(np.tile(x, (10, 1)), np.tile(y, 10), batch_size=4, verbose=1).history
    assert 1 <= fetches.count <= (time.monotonic() - start) / 0.1 + 1 < ROWS * 10
    assert sorted(history) == ["accuracy", "loss"]


def test_executions_are_made_once() -> None:
    """A second `fit` compiles nothing."""
    x, y = data()
    model = model_of(4)
    model.fit(x, y, batch_size=4, verbose=0)
    before = loop.execution_of(model, "train")
    model.fit(x, y, batch_size=4, verbose=0)
    assert loop.execution_of(model, "train") is before
