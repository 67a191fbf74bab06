"""Frames, Arrow tables and sparse matrices in the place of arrays."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, StructureError
from multikeras.training.data import make_source
from multikeras_conformance.same_as_arrays import (
    X,
    Y,
    assert_same_as_arrays,
    by_name,
    network,
)


def made(library: str, columns: dict[str, np.ndarray]):
    """A frame of a library, or the test is left out where that is not installed."""
    module = pytest.importorskip(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


COLUMNS = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}
LIBRARIES = ("pandas", "polars", "pyarrow")


@pytest.mark.parametrize("library", LIBRARIES)
def test_frame_is_a_matrix(library: str) -> None:
    """In whole, with targets in a frame or a series."""
    frame = made(library, COLUMNS)
    targets = made(library, {"y": Y[:, 0]})
    assert_same_as_arrays(lambda: frame, targets, sliced=True)
    series = targets.column("y") if library == "pyarrow" else targets["y"]
    assert_same_as_arrays(lambda: frame, series, sliced=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_weights_in_a_series_weigh_samples(library: str) -> None:
    """As an array does."""
    weights = np.linspace(0, 2, 50, dtype="float32")
    column = made(library, {"w": weights})
    column = column.column("w") if library == "pyarrow" else column["w"]
    received = network().evaluate(X, Y, sample_weight=column, verbose=0)
    np.testing.assert_allclose(received, network().evaluate(X, Y, sample_weight=weights, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("library", LIBRARIES)
def test_columns_are_taken_by_name(library: str) -> None:
    """A model with a dict of inputs takes what it needs from a frame, in any order, with more columns beside it."""
    frame = made(library, {"c": X[:, 2], "b": X[:, 1], "a": X[:, 0]})
    arrays = {"a": X[:, 0], "b": X[:, 1]}
    received, wanted = (by_name().predict(x, verbose=0)["sum"] for x in (frame, arrays))
    np.testing.assert_allclose(received, wanted, rtol=1e-5, atol=1e-6)
    targets = made(library, {"sum": Y[:, 0], "other": Y[:, 0]})
    wanted = by_name().evaluate(arrays, {"sum": Y}, verbose=0)
    np.testing.assert_allclose(by_name().evaluate(frame, targets, verbose=0), wanted, rtol=1e-6)
    if Capability.GRADIENTS in current().can:
        losses = [
            by_name().fit(x, y, validation_split=0.2, shuffle=False, verbose=0).history["val_loss"]
            for x, y in ((arrays, {"sum": Y}), (frame, targets))
        ]
        np.testing.assert_allclose(*losses, rtol=1e-6)


@pytest.mark.parametrize("library", LIBRARIES)
def test_missing_column_is_one_error(library: str) -> None:
    """It names the column."""
    with pytest.raises(ArgumentError, match=r"no column 'b'; columns 'a', 'c'"):
        by_name().predict(made(library, {"a": X[:, 0], "c": X[:, 2]}), verbose=0)


@pytest.mark.parametrize("library", LIBRARIES)
def test_column_of_words_is_one_error(library: str) -> None:
    """It names the column."""
    frame = made(library, {**{k: v[:2] for k, v in COLUMNS.items()}, "city": np.array(["Rome", "Oslo"], object)})
    with pytest.raises(StructureError, match="column 'city'"):
        network().predict(frame, verbose=0)


def test_missing_values_of_frames_are_nan() -> None:
    """Whatever a library calls them, in columns of integers too."""
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    values = [1, None, 3]
    for frame in (
        pandas.DataFrame({"a": pandas.array(values, "Int64"), "b": [1.0, 2.0, 3.0]}),
        polars.DataFrame({"a": values, "b": [1.0, 2.0, 3.0]}),
        pyarrow.table({"a": values, "b": [1.0, 2.0, 3.0]}),
        pyarrow.record_batch({"a": values, "b": [1.0, 2.0, 3.0]}),
        polars.LazyFrame({"a": values, "b": [1.0, 2.0, 3.0]}),
    ):
        source = make_source(frame, None, None, batch_size=3, steps=None, shuffle=False, what="predict")
        (batch,) = source
        np.testing.assert_array_equal(batch, np.array([[1, 1], [np.nan, 2], [3, 3]], "float32"))
        assert batch.dtype == np.float32


def test_arrow_columns_of_vectors_are_inputs() -> None:
    """A column of lists of one length, in several chunks, and a stream of record batches."""
    pyarrow = pytest.importorskip("pyarrow")
    kind = pyarrow.list_(pyarrow.float32(), 3)
    chunks = [pyarrow.array(X[i : i + 25].tolist(), kind) for i in (0, 25)]
    table = pyarrow.table({"x": pyarrow.chunked_array(chunks)})
    np.testing.assert_allclose(network().predict(table, verbose=0), network().predict(X, verbose=0), rtol=1e-6)
    reader = pyarrow.table(COLUMNS).to_reader(max_chunksize=8)
    np.testing.assert_allclose(network().predict(reader, verbose=0), network().predict(X, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("form", ["csr_matrix", "csc_array", "coo_array", "lil_matrix"])
def test_sparse_matrix_is_made_dense_by_batches(form: str) -> None:
    """Whole, 800 GB would not fit; a batch at a time they do, shuffled or not."""
    matrix = getattr(scipy.sparse, form)(X)
    assert_same_as_arrays(lambda: matrix, Y, sliced=True)
    wide = scipy.sparse.coo_matrix(([2.0], ([3], [7])), shape=(10**6, 10**5)).asformat(form.partition("_")[0])
    for shuffle in (False, True):
        source = make_source(wide, None, None, batch_size=2, steps=3, shuffle=shuffle, what="predict")
        for x in source:
            assert x.shape == (2, 10**5)
            assert x.dtype == np.float32
            if not shuffle:
                assert x.sum() in (0, 2)


def test_sparse_matrix_can_be_split() -> None:
    """Its last rows are validated on, without being made dense first."""
    if Capability.GRADIENTS not in current().can:
        return
    options = {"validation_split": 0.2, "shuffle": False, "batch_size": 8, "verbose": 0}
    received = network().fit(scipy.sparse.csr_matrix(X), Y, **options).history
    for name, values in network().fit(X, Y, **options).history.items():
        np.testing.assert_allclose(received[name], values, rtol=1e-5)
