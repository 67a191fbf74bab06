"""What `predict` does with its outputs: joins, streams or writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers
from multikeras.errors import ArgumentError, DTypeError, ShapeError, StructureError

X = np.random.default_rng(0).normal(size=(11, 4)).astype("float32")


def model_of(outputs: int = 1) -> Any:
    inputs = keras.Input((4,))
    made = [layers.Dense(i + 2, name=f"out{i}")(inputs) for i in range(outputs)]
    return keras.Model(inputs, made[0] if outputs == 1 else {"a": made[0], "b": made[1]})


def test_streamed_outputs_are_the_joined_ones() -> None:
    """Batch after batch, in order, as NumPy arrays."""
    model = model_of()
    parts = list(model.predict(X, batch_size=3, stream=True, verbose=0))
    assert [len(p) for p in parts] == [3, 3, 3, 2]
    assert all(type(p) is np.ndarray for p in parts)
    np.testing.assert_array_equal(np.concatenate(parts), model.predict(X, batch_size=3, verbose=0))


def test_a_stream_reads_as_it_goes() -> None:
    """Only some batches beyond the one asked for are read."""
    model = model_of()
    read = []

    def batches() -> Any:
        for i in range(100):
            read.append(i)
            yield (X[:2],)

    stream = model.predict(batches(), stream=True, verbose=0)
    next(stream)
    assert len(read) < 10
    stream.close()
    assert len(read) < 10


def test_a_stream_survives_another_choice_of_backend() -> None:
    """Whoever reads it may choose another backend between two batches."""
    model = model_of()
    expected = model.predict(X, batch_size=3, verbose=0)
    parts = []
    for part in model.predict(X, batch_size=3, stream=True, verbose=0):
        with keras.use_backend("numpy"):
            parts.append(part + keras.ops.zeros((1, 2)))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_outputs_are_written_into_memory_maps(tmp_path: Any) -> None:
    """Memory maps nested like the outputs are filled and returned."""
    model = model_of(2)
    out = {
        name: np.lib.format.open_memmap(tmp_path / f"{name}.npy", "w+", "float32", (11, size))
        for name, size in (("a", 2), ("b", 3))
    }
    assert model.predict(X, batch_size=4, out=out, verbose=0) is out
    expected = model.predict(X, batch_size=4, verbose=0)
    for name, array in out.items():
        array.flush()
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), expected[name])


@pytest.mark.parametrize(
    ("out", "error", "match"),
    [
        (np.zeros((10, 2), "float32"), ShapeError, "from row 8 on"),
        (np.zeros((12, 2), "float32"), ShapeError, "12 rows, 11 samples"),
        (np.zeros((11, 3), "float32"), ShapeError, "a row for each sample"),
        (np.zeros((11, 2), "int32"), DTypeError, "holds the outputs"),
        ([np.zeros((11, 2)), np.zeros((11, 2))], StructureError, "an array for each output"),
        ("out.npy", ArgumentError, "NumPy arrays"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(out: Any, error: type, match: str) -> None:
    """Each with the rule and what was received."""
    with pytest.raises(error, match=match):
        model_of().predict(X, batch_size=4, out=out, verbose=0)


def test_a_stream_is_not_written() -> None:
    """One or the other."""
    with pytest.raises(ArgumentError, match="streamed, or written"):
        model_of().predict(X, stream=True, out=np.zeros((11, 2)))


def test_callbacks_hear_of_predictions() -> None:
    """In the order of batches."""
    heard: list[Any] = []
    callback = keras.callbacks.LambdaCallback(
        on_predict_begin=lambda logs: heard.append("begin"),
        on_predict_batch_end=lambda n, logs: heard.append((n, logs["outputs"].shape)),
        on_predict_end=lambda logs: heard.append("end"),
    )
    model_of().predict(X, batch_size=6, callbacks=[callback], verbose=0)
    assert [h if isinstance(h, str) else (h[0], tuple(h[1])) for h in heard] == [
        "begin",
        (0, (6, 2)),
        (1, (5, 2)),
        "end",
    ]
