"""The network of the README on all backends in one process, one after the other and in threads at once."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import multikeras as keras


class Seen(keras.callbacks.Callback):
    """The loss of each batch, and the backend that was current after it."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []
        self.current: set[str] = set()

    def on_train_batch_begin(self, batch, logs=None) -> None:
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None) -> None:
        self.losses.append((logs or {})["loss"])
        self.current.add(keras.config.backend())


def compiled_network(example):
    keras.utils.set_random_seed(0)
    model = example.network()
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def curve(example, digits) -> tuple[list[np.ndarray], Seen]:
    """Initial weights, and what was seen in two epochs, shuffled and with dropout."""
    model = compiled_network(example)
    initial, seen = model.get_weights(), Seen()
    model.fit(*digits, epochs=2, verbose=0, callbacks=[seen])
    return initial, seen


@pytest.fixture(scope="module")
def reference(digits_example, digits) -> tuple[list[np.ndarray], list[float]]:
    """What NumPy gives."""
    keras.config.set_random("portable")
    initial, seen = curve(digits_example, digits)
    return initial, seen.losses


def test_network_of_the_readme_has_one_curve(backend, digits_example, digits, reference) -> None:
    """Equal initial weights bit for bit, and losses that differ by rounding alone."""
    with keras.use_backend(backend):
        initial, seen = curve(digits_example, digits)
    for mine, wanted in zip(initial, reference[0], strict=True):
        np.testing.assert_array_equal(mine, wanted)
    np.testing.assert_allclose(seen.losses, reference[1], rtol=1e-4)
    assert seen.current == {backend}
    assert seen.losses[-1] < 0.95 * seen.losses[0]


def test_threads_each_train_on_their_own_backend(backends, digits_example, digits) -> None:
    """All at once: equal curves, and the choice of one thread is never another's."""
    start, seeding = threading.Barrier(len(backends) + 1, timeout=60), threading.Lock()
    seen = {name: Seen() for name in backends}
    initial, failed = {}, {}

    def train(name: str) -> None:
        try:
            with keras.use_backend(name):
                # The generator that initial weights come from is one for the process.
                with seeding:
                    model = compiled_network(digits_example)
                initial[name] = model.get_weights()
                start.wait()
                model.fit(*digits, epochs=2, shuffle=False, verbose=0, callbacks=[seen[name]])
                assert keras.config.backend() == name
            assert keras.config.backend() == "numpy"
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            failed[name] = error
            start.abort()

    threads = [threading.Thread(target=train, args=(name,)) for name in backends]
    for thread in threads:
        thread.start()
    try:
        start.wait()
    except threading.BrokenBarrierError:
        pass
    elsewhere = set()
    while any(thread.is_alive() for thread in threads):
        # This thread made no choice: the default is current here, whatever the others do.
        elsewhere.add(keras.config.backend())
        elsewhere.add(type(keras.ops.ones((1,))).__module__)
        threads[0].join(0.01)
        for thread in threads:
            thread.join(0.01)
    assert not failed, failed
    assert elsewhere <= {"numpy"}
    for name in backends:
        assert seen[name].current == {name}
        for mine, wanted in zip(initial[name], initial["numpy"], strict=True):
            np.testing.assert_array_equal(mine, wanted)
        np.testing.assert_allclose(seen[name].losses, seen["numpy"].losses, rtol=1e-4, err_msg=name)


def test_another_default_is_another_thread_s_default_too(backends) -> None:
    """`set_backend` is for the process, `use_backend` for a thread, and the thread's own choice goes first."""
    found = {}

    def look(name: str) -> None:
        found[name, "before"] = keras.config.backend()
        with keras.use_backend(name):
            found[name, "inside"] = keras.config.backend()
        found[name, "after"] = keras.config.backend()

    try:
        for default in backends:
            keras.set_backend(default)
            for name in backends:
                thread = threading.Thread(target=look, args=(name,))
                thread.start()
                thread.join()
                assert found[name, "before"] == found[name, "after"] == default
                assert found[name, "inside"] == name
    finally:
        keras.set_backend("numpy")


def test_choice_ends_with_its_block(backends) -> None:
    """Nested, and after an error."""

    def fail(name: str) -> None:
        with keras.use_backend(name):
            assert keras.config.backend() == name
            raise ZeroDivisionError

    for outer in backends:
        with keras.use_backend(outer):
            for inner in backends:
                with pytest.raises(ZeroDivisionError):
                    fail(inner)
                assert keras.config.backend() == outer
    assert keras.config.backend() == "numpy"


def test_what_exists_stays_on_its_backend(backend, backends) -> None:
    """A layer, a variable and a model, used while another backend is current."""
    with keras.use_backend(backend):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="relu")])
        variable = keras.Variable(np.ones((2, 2), "float32"))
        kind = type(variable.value)
    x = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
    wanted = np.maximum(x @ model.get_weights()[0], 0)
    for other in backends:
        with keras.use_backend(other):
            np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), wanted, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5, atol=1e-6)
            variable.assign_add(np.ones((2, 2), "float32"))
            assert type(variable.value) is kind
            assert keras.config.backend() == other
    np.testing.assert_array_equal(variable.numpy(), np.full((2, 2), 1.0 + len(backends)))
