"""Generators, and the datasets and loaders of frameworks, in the place of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras.errors import ArgumentError
from multikeras.training.data import make_source
from multikeras_conformance.same_as_arrays import (
    BATCHES,
    X,
    Y,
    assert_same_as_arrays,
    by_name,
    network,
)


def test_generator_that_raises_names_the_batch() -> None:
    """The error keeps its type."""

    def generate():
        yield from BATCHES[:2]
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost") as caught:
        network().evaluate(generate(), verbose=0)
    assert any("while batch 2 of the epoch was made" in note for note in caught.value.__notes__)


def test_generator_that_ends_early_is_one_error() -> None:
    """It says how many batches there were."""
    with pytest.raises(ArgumentError, match="2 batches, 5 wanted"):
        network().evaluate(iter(BATCHES[:2]), steps=5, verbose=0)


def test_batch_that_does_not_fit_is_named() -> None:
    """Targets of another length in the second batch."""
    batches = [BATCHES[0], (X[:8], Y[:7])]
    with pytest.raises(ArgumentError, match="one number of samples") as caught:
        network().evaluate(iter(batches), verbose=0)
    assert any("while batch 1 of the epoch" in note for note in caught.value.__notes__)


def test_graph_dataset_is_read_on_every_backend() -> None:
    """`tf.data`: its tensors where they are native, NumPy arrays elsewhere; with a number of steps, or its own."""
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    assert_same_as_arrays(lambda: data)
    source = make_source(data.repeat(), None, None, batch_size=None, steps=9, shuffle=True, what="fit")
    assert len(list(source)) == len(list(source)) == 9
    with pytest.raises(ArgumentError, match="has a number of steps"):
        network().evaluate(data.repeat(), verbose=0)
    named = tf.data.Dataset.from_tensor_slices({"a": X[:, :1], "b": X[:, 1]}).batch(8)
    wanted = by_name().predict({"a": X[:, 0], "b": X[:, 1]}, verbose=0)["sum"]
    np.testing.assert_allclose(by_name().predict(named, verbose=0)["sum"], wanted, rtol=1e-5, atol=1e-6)


def test_loader_is_read_on_every_backend() -> None:
    """`DataLoader` of torch: of samples in memory, of wider floats, of a stream."""
    data = pytest.importorskip("torch.utils.data")
    torch = pytest.importorskip("torch")
    samples = data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    assert_same_as_arrays(lambda: data.DataLoader(samples, batch_size=8))
    wide = data.TensorDataset(torch.from_numpy(X.astype("float64")), torch.from_numpy(Y))
    assert_same_as_arrays(lambda: data.DataLoader(wide, batch_size=8))

    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(zip(X, Y, strict=True))

    assert_same_as_arrays(lambda: data.DataLoader(Stream(), batch_size=8))


def test_grain_is_read_on_every_backend() -> None:
    """Its maps, its iterators and its loader."""
    grain = pytest.importorskip("grain.python")
    pairs = list(zip(X, Y, strict=True))
    made_map = grain.MapDataset.source(pairs).batch(8)
    assert_same_as_arrays(lambda: made_map)
    assert_same_as_arrays(lambda: made_map.to_iter_dataset())
    endless = make_source(made_map.repeat(), None, None, batch_size=None, steps=9, shuffle=True, what="fit")
    assert len(list(endless)) == 9
    endless.close()
    sampler = grain.IndexSampler(50, shard_options=grain.NoSharding(), shuffle=False, num_epochs=1)
    assert_same_as_arrays(
        lambda: grain.DataLoader(data_source=pairs, sampler=sampler, operations=[grain.Batch(8)], worker_count=0)
    )
