"""`PyDataset`: workers of all kinds, orders, epochs, and what goes wrong in them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

import multikeras as keras
from multikeras import layers
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, StateError
from multikeras.training.data import make_source
from multikeras.utils import PyDataset
from multikeras_conformance.same_as_arrays import (
    BATCHES,
    assert_same_as_arrays,
    network,
    own_threads,
    settled,
)


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
            sums = [float(x.sum()) for x, _ in source]
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
    sizes = [[float(x.sum()) for x, _ in source] for _ in range(3)]
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
        assert len(list(source)) == len(list(source)) == 9
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
