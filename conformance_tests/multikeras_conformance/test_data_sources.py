"""What `fit`, `evaluate` and `predict` take besides arrays: datasets, loaders, frames, sparse matrices, prefetching."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
import scipy.sparse

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, StateError, StructureError
from multikeras.training.data import make_source
from multikeras.training.prefetch import Prefetcher
from multikeras.utils import PyDataset

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]], "float32")).astype("float32")
BATCHES = [(X[i : i + 8], Y[i : i + 8]) for i in range(0, 50, 8)]


def network():
    """A model that starts the same each time."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


@functools.cache
def expected():
    """Outputs, evaluation and losses of two epochs from arrays in order: a process tests one backend."""
    model = network()
    outputs, held = model.predict(X, batch_size=8, verbose=0), model.evaluate(X, Y, batch_size=8, verbose=0)
    history = None
    if Capability.GRADIENTS in current().can:
        history = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    return outputs, held, history


def assert_same_as_arrays(make, y=None, sliced: bool = False) -> None:
    """`fit`, `evaluate` and `predict` give what they give for arrays. `make` makes the data for each of them."""
    outputs, held, history = expected()
    options = {"batch_size": 8} if sliced else {}
    model = network()
    np.testing.assert_allclose(model.predict(make(), verbose=0, **options), outputs, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.evaluate(make(), y, verbose=0, **options), held, rtol=1e-5)
    if history is not None:
        received = model.fit(make(), y, epochs=2, shuffle=False, verbose=0, **options).history
        for name, values in history.items():
            np.testing.assert_allclose(received[name], values, rtol=1e-4)


def read(source) -> list:
    """One epoch of a source."""
    return list(source)


def own_threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name.startswith("multikeras")}


def settled(condition, seconds: float = 5.0) -> bool:
    """Whether something comes true within some time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


# -- PyDataset --------------------------------------------------------------------------------------------------------


class Slices(PyDataset):
    """The batches of the arrays above; sleeps so that later batches are ready first."""

    def __init__(self, mixed: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.mixed = mixed
        self.events: list[str] = []

    def __len__(self):
        return len(BATCHES)

    def __getitem__(self, index):
        if self.mixed:
            time.sleep(0.02 * (len(BATCHES) - index) / len(BATCHES))
        return BATCHES[index]

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


class Failing(Slices):
    """Raises, or ends its process, at batch 3."""

    def __init__(self, how: str, **kwargs):
        super().__init__(**kwargs)
        self.how = how

    def __getitem__(self, index):
        if index == 3:
            if self.how == "raise":
                raise OSError("disk is full")
            if self.how == "unpicklable":
                raise type("Local", (Exception,), {})("disk is full")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


WORKERS = [
    {"workers": 0},
    {"workers": 1},
    {"workers": 3},
    {"workers": 2, "max_queue_size": 1},
    {"workers": 1, "use_multiprocessing": True},
    {"workers": 2, "use_multiprocessing": True, "max_queue_size": 3},
]


@pytest.mark.parametrize("workers", WORKERS, ids=str)
def test_batches_of_workers_come_in_order(workers: dict) -> None:
    """Whatever the number and kind of workers, and whichever batch is ready first."""
    assert_same_as_arrays(lambda: Slices(mixed=True, **workers))
    assert own_threads() == set()
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [WORKERS[0], WORKERS[2], WORKERS[5]], ids=str)
def test_batches_are_shuffled_and_each_comes_once(workers: dict) -> None:
    """Epochs have orders of their own, decided by the seed."""
    orders = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        source = make_source(
            Slices(**workers), None, None, batch_size=None, steps=None, shuffle=True, what="fit", model=None
        )
        assert source.steps == len(BATCHES)
        for _ in range(3):
            sums = [float(x.sum()) for x, _ in read(source)]
            orders.append([next(i for i, b in enumerate(BATCHES) if b[0].sum() == s) for s in sums])
        source.close()
    assert all(sorted(order) == list(range(len(BATCHES))) for order in orders)
    assert orders[:3] == orders[3:]
    assert len({tuple(order) for order in orders}) == 3


def test_epochs_of_a_dataset_begin_and_end() -> None:
    """The hooks are called once for each epoch, in the process that trains."""
    if Capability.GRADIENTS not in current().can:
        return
    for workers in (WORKERS[1], WORKERS[2], WORKERS[5]):
        data = Slices(**workers)
        network().fit(data, epochs=3, verbose=0)
        assert data.events == ["begin", "end"] * 3


def test_dataset_goes_on_where_an_epoch_of_fewer_steps_stopped() -> None:
    """With a number of steps that is not its own."""
    source = make_source(Slices(), None, None, batch_size=None, steps=3, shuffle=False, what="fit")
    sizes = [[float(x.sum()) for x, _ in read(source)] for _ in range(3)]
    sums = [float(x.sum()) for x, _ in BATCHES]
    assert sizes == [sums[:3], sums[3:6], [*sums[6:], *sums[:2]]]


def test_dataset_without_an_end_needs_a_number_of_steps() -> None:
    """And has as many batches as are asked for."""

    class Endless(PyDataset):
        @property
        def num_batches(self):
            return None

        def __getitem__(self, index):
            return BATCHES[index % len(BATCHES)]

    with pytest.raises(ArgumentError, match="has a number of steps"):
        network().evaluate(Endless(), verbose=0)
    for workers in (1, 3):
        source = make_source(Endless(workers=workers), None, None, batch_size=None, steps=9, shuffle=True, what="fit")
        assert len(read(source)) == len(read(source)) == 9
        source.close()
    assert own_threads() == set()


def test_dataset_without_a_constructor_call_has_one_worker() -> None:
    """A subclass need not call `super().__init__`."""

    class Plain(PyDataset):
        def __init__(self):
            self.count = 2

        def __len__(self):
            return self.count

        def __getitem__(self, index):
            return BATCHES[index][0]

    data = Plain()
    assert (data.workers, data.use_multiprocessing, data.max_queue_size, data.num_batches) == (1, False, 10, 2)
    assert network().predict(data, verbose=0).shape == (16, 1)
    assert keras.utils.Sequence is PyDataset


@pytest.mark.parametrize("how", ["raise", "unpicklable"])
@pytest.mark.parametrize("workers", [WORKERS[1], WORKERS[2], WORKERS[4], WORKERS[5]], ids=str)
def test_error_of_a_worker_names_its_batch(workers: dict, how: str) -> None:
    """The error of `__getitem__` is raised by `predict`, with the batch in a note, and nothing is left behind."""
    with pytest.raises(Exception, match="disk is full") as caught:
        network().predict(Failing(how, **workers), verbose=0)
    assert isinstance(caught.value, OSError) == (how == "raise")
    assert any("while batch 3 of Failing was made" in note for note in caught.value.__notes__)
    assert sum("while batch" in note for note in caught.value.__notes__) == 1
    assert settled(lambda: own_threads() == set())
    assert settled(lambda: multiprocessing.active_children() == [])


def test_process_that_dies_is_one_error() -> None:
    """Nothing hangs, no process is left."""
    start = time.monotonic()
    with pytest.raises(StateError, match="ended while it made batch 3") as caught:
        network().predict(Failing("die", workers=2, use_multiprocessing=True), verbose=0)
    assert "exit code -9" in str(caught.value)
    assert time.monotonic() - start < 30
    assert settled(lambda: multiprocessing.active_children() == [])


@pytest.mark.parametrize("workers", [WORKERS[2], WORKERS[5]], ids=str)
def test_workers_end_with_a_reader_that_stops_early(workers: dict) -> None:
    """By `close`, and by being dropped."""
    for drop in (True, False):
        source = make_source(Slices(**workers), None, None, batch_size=None, steps=None, shuffle=False, what="fit")
        batches = iter(source)
        next(batches)
        if drop:
            del batches, source
        else:
            source.close()
        assert settled(lambda: own_threads() == set() and multiprocessing.active_children() == [])


def test_training_that_fails_leaves_no_process() -> None:
    """A callback that raises in the middle of an epoch."""
    if Capability.GRADIENTS not in current().can:
        return

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        network().fit(Slices(workers=2, use_multiprocessing=True), callbacks=[Stop()], verbose=0)
    assert settled(lambda: multiprocessing.active_children() == [])


def test_model_that_does_not_fit_leaves_no_process() -> None:
    """The first batch is there before the model turns out not to take it; the error is held while one looks."""
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    data = Slices(workers=2, use_multiprocessing=True)
    for run in (model.fit, model.evaluate, model.predict):
        if run == model.fit and Capability.GRADIENTS not in current().can:
            continue
        with pytest.raises(ArgumentError) as caught:
            run(data, verbose=0)
        assert settled(lambda: multiprocessing.active_children() == [], 1.0)
        del caught


@pytest.mark.parametrize(
    ("arguments", "match"),
    [({"workers": -1}, "`workers`"), ({"workers": 1.5}, "`workers`"), ({"max_queue_size": 0}, "`max_queue_size`")],
)
def test_arguments_of_a_dataset_are_checked(arguments: dict, match: str) -> None:
    """When it is made."""
    with pytest.raises(ArgumentError, match=match):
        PyDataset(**arguments)


# -- Generators -------------------------------------------------------------------------------------------------------


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


# -- Frames, Arrow, sparse matrices -----------------------------------------------------------------------------------


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


def by_name():
    """A model with a dict of inputs, of both ranks that a column can have, and a dict of outputs."""
    keras.utils.set_random_seed(3)
    a, b = keras.Input((1,), name="a"), keras.Input((), name="b")
    x = layers.Concatenate()([a, ops.expand_dims(b, -1)])
    model = keras.Model({"a": a, "b": b}, {"sum": layers.Dense(1, name="sum")(x)})
    model.compile("sgd", {"sum": "mse"})
    return model


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
        (batch,) = read(source)
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
        for x in read(source):
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


# -- Datasets and loaders of frameworks -------------------------------------------------------------------------------


def test_graph_dataset_is_read_on_every_backend() -> None:
    """`tf.data`: its tensors where they are native, NumPy arrays elsewhere; with a number of steps, or its own."""
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    assert_same_as_arrays(lambda: data)
    source = make_source(data.repeat(), None, None, batch_size=None, steps=9, shuffle=True, what="fit")
    assert len(read(source)) == len(read(source)) == 9
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
    assert len(read(endless)) == 9
    endless.close()
    sampler = grain.IndexSampler(50, shard_options=grain.NoSharding(), shuffle=False, num_epochs=1)
    assert_same_as_arrays(
        lambda: grain.DataLoader(data_source=pairs, sampler=sampler, operations=[grain.Batch(8)], worker_count=0)
    )


# -- Prefetching ------------------------------------------------------------------------------------------------------


def test_prefetched_items_come_in_order_ahead_of_time() -> None:
    """No more than `size` of them wait."""
    made_so_far = []

    def generate():
        for i in range(10):
            made_so_far.append(i)
            yield i

    with Prefetcher(generate(), 3) as items:
        assert settled(lambda: len(made_so_far) == 4)
        time.sleep(0.05)
        assert len(made_so_far) == 4, "three wait, one is about to"
        assert list(items) == list(range(10))
        assert list(items) == []
    assert settled(lambda: own_threads() == set())


def test_error_of_prefetched_items_comes_in_its_place() -> None:
    """After the items before it, with the batch in a note; then there are no more."""

    def generate():
        yield from "abc"
        raise OSError("connection lost")

    items = Prefetcher(generate(), 8)
    assert [next(items) for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(OSError, match="connection lost") as caught:
        next(items)
    assert any("while batch 3 of the epoch was made" in note for note in caught.value.__notes__)
    assert list(items) == []
    assert settled(lambda: own_threads() == set())

    class Broken:
        def __iter__(self):
            raise ValueError("no such file")

    with pytest.raises(ValueError, match="no such file"):
        next(Prefetcher(Broken(), 1))


@pytest.mark.parametrize("drop", [False, True])
def test_prefetching_ends_with_a_consumer_that_stops(drop: bool) -> None:
    """The thread ends, and what it read is closed, whether the iterator is closed or forgotten."""
    closed = threading.Event()

    def generate():
        try:
            while True:
                yield np.zeros(10)
        finally:
            closed.set()

    items = Prefetcher(generate(), 2)
    next(items)
    if drop:
        del items
    else:
        items.close()
        items.close()
    assert closed.wait(5)
    assert settled(lambda: own_threads() == set())


def test_closing_does_not_wait_for_a_source_that_hangs() -> None:
    """A source at work on an item may take as long as it likes."""
    release = threading.Event()

    def generate():
        yield 0
        release.wait(60)

    items = Prefetcher(generate(), 1)
    assert next(items) == 0
    start = time.monotonic()
    items.close()
    assert time.monotonic() - start < 10
    assert list(items) == []
    release.set()
    assert settled(lambda: own_threads() == set())


def test_prefetched_items_are_made_on_the_backend_of_the_consumer() -> None:
    """A thread of its own would have the default backend."""
    backend = current()
    (found,) = list(Prefetcher((current() for _ in range(1)), 1))
    assert found is backend
    with pytest.raises(ArgumentError, match="`size`"):
        Prefetcher([], 0)


def test_prefetched_batches_train_the_same() -> None:
    """A source read through a prefetcher."""
    if Capability.GRADIENTS not in current().can:
        return
    history = network().fit(Prefetcher(iter(BATCHES * 2), 2), steps_per_epoch=7, epochs=2, verbose=0).history
    for name, values in (expected()[2] or {}).items():
        np.testing.assert_allclose(history[name], values, rtol=1e-4)
