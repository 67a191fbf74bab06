"""Callbacks: rates, tables, servers, averages, backups; what they need of the host, and what they leave behind."""

from __future__ import annotations

import csv
import http.server
import json
import sys
import threading
import urllib.parse
import warnings

import numpy as np
import pytest

import multikeras as keras
from multikeras import callbacks, optimizers
from multikeras.errors import ArgumentError, FileFormatError, MissingExtraError, NotSupportedError, StateError
from multikeras.training.logs import Logs

RNG = np.random.default_rng(4)
X = RNG.normal(size=(20, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]], "float32")).astype("float32")


def network(optimizer=None, seed=3):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(optimizer or optimizers.SGD(0.5, momentum=0.5), "mse")
    return model


def fit(model, *given, epochs=3, **options):
    options = {"batch_size": 5, "verbose": 0, "shuffle": False, **options}
    return model.fit(X, Y, epochs=epochs, callbacks=list(given), **options).history


def logged(callback, values, monitor="val_loss"):
    """The rate after each epoch, for a callback that is told what the log was."""
    model = network(optimizers.SGD(1.0))
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        before = float(model.optimizer.learning_rate.numpy())
        logs = {} if value is None else {monitor: value}
        callback.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == before
        rates.append(float(model.optimizer.learning_rate.numpy()))
    return rates


# -- Learning rates ---------------------------------------------------------------------------------------------------


def test_scheduler_sets_the_rate_of_each_epoch() -> None:
    """By the epoch and the rate so far, or by the epoch alone; it is in the logs, and in compiled steps."""
    history = fit(network(), callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2))
    assert history["learning_rate"] == [0.25, 0.125, 0.0625]
    model = network(optimizers.SGD(0.5))
    start = model.get_weights()
    history = fit(model, callbacks.LearningRateScheduler(lambda epoch: 0.0), epochs=2)
    assert history["learning_rate"] == [0.0, 0.0]
    for a, b in zip(model.get_weights(), start, strict=True):
        np.testing.assert_array_equal(a, b)


def test_scheduler_sets_the_rates_of_several_optimizers(capsys) -> None:
    """Each by itself; a function's own TypeError is not taken for another signature."""
    apart = optimizers.OptimizerMap(optimizers.SGD(0.5), {".*bias": optimizers.Adam(0.25)})
    scaled = optimizers.LossScaleOptimizer(optimizers.MultiOptimizer(apart))
    history = fit(network(scaled), callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1), epochs=2)
    assert history["learning_rate_sgd"] == [0.25, 0.125]
    assert history["learning_rate_adam"] == [0.125, 0.0625]
    assert "Epoch 2: learning_rate_sgd is 0.125." in capsys.readouterr().out

    def wrong(epoch, rate):
        raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        fit(network(), callbacks.LearningRateScheduler(wrong))
    with pytest.raises(ArgumentError, match="returns a float"):
        fit(network(), callbacks.LearningRateScheduler(lambda epoch: "fast"))  # type: ignore[arg-type]
    slow = optimizers.SGD(optimizers.schedules.ExponentialDecay(0.5, 2, 0.5))
    with pytest.raises(ArgumentError, match="follows a schedule"):
        fit(network(slow), callbacks.LearningRateScheduler(lambda epoch: 0.1))


PLATEAUS = [
    ({"factor": 0.5, "patience": 1}, [3, 2, 2, 1, 1, 1], [1, 1, 0.5, 0.5, 0.25, 0.125]),
    ({"factor": 0.5, "patience": 2}, [3, 2, 2, 2, 2, 2], [1, 1, 1, 0.5, 0.5, 0.25]),
    ({"factor": 0.5, "patience": 1, "cooldown": 2}, [3, 3, 3, 3, 3, 3], [1, 0.5, 0.5, 0.25, 0.25, 0.125]),
    ({"factor": 0.5, "patience": 1, "min_lr": 0.3}, [3, 3, 3, 3], [1, 0.5, 0.3, 0.3]),
    ({"factor": 0.5, "patience": 1, "min_delta": 0.5}, [3, 2.7, 2.4, 2.4], [1, 0.5, 0.5, 0.25]),
    ({"factor": 0.5, "patience": 1, "mode": "max"}, [1, 2, 2, 3], [1, 1, 0.5, 0.5]),
    ({"factor": 0.5, "patience": 1, "monitor": "accuracy"}, [1, 2, 2, 3], [1, 1, 0.5, 0.5]),
]


@pytest.mark.parametrize(("arguments", "values", "rates"), PLATEAUS)
def test_rate_falls_on_a_plateau(arguments, values, rates) -> None:
    """After `patience` epochs without a better value, not in the cooldown, not below the least rate."""
    found = logged(callbacks.ReduceLROnPlateau(**arguments), values, arguments.get("monitor", "val_loss"))
    np.testing.assert_allclose(found, rates, rtol=1e-6)


def test_plateau_needs_its_log() -> None:
    """A warning where it is missing; a factor that would not lower the rate is an error."""
    with pytest.warns(UserWarning, match="watches 'val_loss'"):
        assert logged(callbacks.ReduceLROnPlateau(), [None]) == [1.0]
    with pytest.raises(ArgumentError, match="The rate falls"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(ArgumentError, match="no such arguments"):
        callbacks.ReduceLROnPlateau(epsilon=1.0)


# -- Tables and servers -----------------------------------------------------------------------------------------------


def test_table_has_a_line_for_each_epoch(tmp_path) -> None:
    """Columns by name, with those of a validation that comes later; appended to, it keeps one header."""
    path = tmp_path / "logs.csv"
    history = fit(network(), callbacks.CSVLogger(path), validation_data=(X, Y), validation_freq=2, epochs=2)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [float(r["loss"]) for r in rows] == history["loss"]
    assert [rows[0]["val_loss"], float(rows[1]["val_loss"])] == ["NA", *history["val_loss"]]
    fit(network(), callbacks.CSVLogger(path, append=True), epochs=1)
    assert len(path.read_text().splitlines()) == 4
    fit(network(), callbacks.CSVLogger(path, separator=";"), epochs=1)
    assert path.read_text().splitlines()[0] == "epoch;loss;val_loss"


@pytest.fixture
def server():
    """A server that keeps what it is sent."""
    received: list[tuple[str, dict, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    running = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", received
    running.shutdown()
    thread.join()
    running.server_close()


def test_server_gets_the_logs_of_each_epoch(server) -> None:
    """As a form or as JSON, with the headers asked for."""
    root, received = server
    history = fit(network(), callbacks.RemoteMonitor(root, field="logs"), epochs=2)
    for epoch, (path, headers, body) in enumerate(received):
        assert path == "/publish/epoch/end/"
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        sent = json.loads(urllib.parse.parse_qs(body.decode())["logs"][0])
        assert sent == {"epoch": epoch, "loss": history["loss"][epoch]}
    received.clear()
    history = fit(network(), callbacks.RemoteMonitor(root, "/x", headers={"Key": "7"}, send_as_json=True), epochs=1)
    ((path, headers, body),) = received
    assert (path, headers["Key"], headers["Content-Type"]) == ("/x", "7", "application/json")
    assert json.loads(body) == {"epoch": 0, "loss": history["loss"][0]}


def test_training_goes_on_without_the_server(server) -> None:
    """A warning where it fails or is not there; what is no server is an error."""
    root, _ = server
    with pytest.warns(UserWarning, match="answered 500"):
        fit(network(), callbacks.RemoteMonitor(root, "/broken"), epochs=1)
    with pytest.warns(UserWarning, match="could not be reached"):
        fit(network(), callbacks.RemoteMonitor("http://127.0.0.1:9"), epochs=1)
    with pytest.raises(ArgumentError, match="begins with http"):
        callbacks.RemoteMonitor("file:///etc/passwd")


# -- Averages ---------------------------------------------------------------------------------------------------------


def averages_of(model):
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return [a.numpy() for a in optimizer._averages]


@pytest.mark.parametrize("scaled", [False, True])
def test_model_is_evaluated_with_averages(scaled) -> None:
    """In `evaluate`, `predict` and the validation of `fit`; the weights are back after each."""
    averaging = optimizers.SGD(0.2, use_ema=True, ema_momentum=0.5)
    model = network(optimizers.LossScaleOptimizer(averaging) if scaled else averaging)
    for _ in range(3):
        model.train_on_batch(X, Y)
    weights, averages = model.get_weights(), averages_of(model)
    twin = network()
    twin.set_weights(averages)
    swap = callbacks.SwapEMAWeights()
    expected = twin.evaluate(X, Y, verbose=0)
    assert model.evaluate(X, Y, verbose=0, callbacks=[swap]) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(
        model.predict(X, verbose=0, callbacks=[swap]), twin.predict(X, verbose=0), rtol=1e-5, atol=1e-6
    )
    for a, b in zip([*model.get_weights(), *averages_of(model)], [*weights, *averages], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("stops", [False, True])
def test_averages_are_in_the_model_at_the_end_of_epochs(stops) -> None:
    """Callbacks that come later see them; training itself goes on with the weights, and ends with the averages."""
    seen = []
    look = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((model.get_weights(), averages_of(model)))
    )

    class Stop(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    model = network(optimizers.SGD(0.2, use_ema=True, ema_momentum=0.5))
    fit(model, callbacks.SwapEMAWeights(swap_on_epoch=True), look, *([Stop()] if stops else []))
    for weights, averages in seen:
        for a, b in zip(weights, averages, strict=True):
            np.testing.assert_array_equal(a, b)
    plain = network(optimizers.SGD(0.2, use_ema=True, ema_momentum=0.5))
    fit(plain, epochs=2 if stops else 3)
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_averages_must_be_kept() -> None:
    """An optimizer without them is an error."""
    with pytest.raises(StateError, match="keeps averages"):
        network().evaluate(X, Y, verbose=0, callbacks=[callbacks.SwapEMAWeights()])


# -- Backups ----------------------------------------------------------------------------------------------------------


class Interrupt(callbacks.Callback):
    """Ends training before a batch of an epoch."""

    def __init__(self, epoch, batch=0):
        super().__init__()
        self.at = (epoch, batch)
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


class Batches(callbacks.Callback):
    """Notes the batches that are run."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((self.epoch, batch))


@pytest.mark.parametrize(("every", "at"), [("epoch", (2, 0)), ("epoch", (1, 2)), (1, (1, 2)), (3, (1, 3)), (2, (1, 0))])
def test_interrupted_training_ends_as_one_that_was_not(every, at, tmp_path) -> None:
    """It goes on after the last backup: nothing is left out, and nothing done twice but what came after that."""
    whole = network()
    fit(whole)
    model, folder = network(), tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        fit(model, callbacks.BackupAndRestore(folder, save_freq=every), Interrupt(*at))
    assert folder.is_dir()
    again, seen = network(seed=9), Batches()
    fit(again, callbacks.BackupAndRestore(folder, save_freq=every), seen)
    done = at[0] * 4 + at[1]
    saved = done // 4 * 4 if every == "epoch" else done // every * every
    assert seen.seen == [(i // 4, i % 4) for i in range(saved, 12)]
    for a, b in zip(
        [*again.weights, *again.optimizer.variables], [*whole.weights, *whole.optimizer.variables], strict=True
    ):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6, err_msg=a.path)
    assert not folder.exists()


def test_training_interrupted_after_the_last_batch_of_an_epoch(tmp_path) -> None:
    """The next epoch follows."""
    with pytest.raises(KeyboardInterrupt):
        fit(network(), callbacks.BackupAndRestore(tmp_path, save_freq=4), Interrupt(1, 0))
    seen = Batches()
    fit(network(), callbacks.BackupAndRestore(tmp_path, save_freq=4), seen)
    assert seen.seen == [(i // 4, i % 4) for i in range(4, 12)]


def test_damaged_backup(tmp_path) -> None:
    """The one before it is used where that is kept; else it is an error. Other files in the folder stay."""
    (tmp_path / "mine.txt").write_text("kept")
    for double in (True, False):
        with pytest.raises(KeyboardInterrupt):
            fit(network(), callbacks.BackupAndRestore(tmp_path, double_checkpoint=double), Interrupt(2, 0))
        last = json.loads((tmp_path / "training_metadata.json").read_text())["weights"]
        (tmp_path / last).write_bytes(b"damaged")
        seen = Batches()
        keep = callbacks.BackupAndRestore(tmp_path, double_checkpoint=double)
        if double:
            fit(network(), keep, seen)
            assert seen.seen[0] == (1, 0)
        else:
            with pytest.raises(FileFormatError, match="one of this model's"):
                fit(network(), keep, seen)
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_backups_are_kept_where_asked(tmp_path) -> None:
    """A training that is done does not begin again; a folder without a name is an error."""
    keep = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    fit(network(), keep)
    seen = Batches()
    fit(network(), keep, seen)
    assert seen.seen == []
    assert len(list(tmp_path.glob("*.weights.h5"))) == 1
    with pytest.raises(ArgumentError, match="have a folder"):
        callbacks.BackupAndRestore("")
    with pytest.raises(ArgumentError, match="save_freq"):
        callbacks.BackupAndRestore(tmp_path, save_freq="batch")


# -- The host ---------------------------------------------------------------------------------------------------------


def test_no_callback_looks_at_the_logs_of_batches_unasked(tmp_path, monkeypatch) -> None:
    """The host waits for the device at the end of an epoch alone."""
    looked = []
    before = Logs.as_floats
    monkeypatch.setattr(Logs, "as_floats", lambda self: looked.append(1) or before(self))
    model = network(optimizers.SGD(0.1, use_ema=True))
    given = [
        callbacks.LearningRateScheduler(lambda epoch: 0.1),
        callbacks.ReduceLROnPlateau(monitor="loss"),
        callbacks.CSVLogger(tmp_path / "logs.csv"),
        callbacks.SwapEMAWeights(swap_on_epoch=True),
        callbacks.BackupAndRestore(tmp_path / "backup", save_freq=2),
        callbacks.EarlyStopping(monitor="loss", patience=5),
    ]
    fit(model, *given, epochs=2)
    assert len(looked) == 2


# -- Optional packages ------------------------------------------------------------------------------------------------


def test_missing_packages_are_named(monkeypatch) -> None:
    """With what to install."""
    for package in ("tensorboard", "tensorboard.summary.writer.record_writer", "orbax", "orbax.checkpoint"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"multikeras\[tensorboard\]"):
        callbacks.TensorBoard()
    with pytest.raises(MissingExtraError, match=r"multikeras\[orbax\]"):
        callbacks.OrbaxCheckpoint("folder")


def events(folder):
    """What TensorBoard reads: numbers by tag and step, and the tags of pictures."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    reader = accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    reader.Reload()
    found = {}
    for tag in reader.Tags()["tensors"]:
        for event in reader.Tensors(tag):
            if event.tensor_proto.dtype == 1 and not event.tensor_proto.tensor_shape.dim:
                values = np.frombuffer(event.tensor_proto.tensor_content, "float32")
                value = float(values[0]) if values.size else event.tensor_proto.float_val[0]
                found.setdefault(tag, {})[event.step] = value
    return found, reader.Tags()


def test_board_shows_logs_weights_and_speed(tmp_path) -> None:
    """Of epochs, of every second batch, of evaluations; rates, histograms, pictures and the graph."""
    pytest.importorskip("tensorboard")
    board = callbacks.TensorBoard(
        tmp_path, histogram_freq=2, write_images=True, write_steps_per_second=True, update_freq=2
    )
    history = fit(network(), board, validation_data=(X, Y))
    found, tags = events(tmp_path / "train")
    assert found["epoch_loss"] == pytest.approx(dict(enumerate(history["loss"])))
    assert found["epoch_learning_rate"] == {0: 0.5, 1: 0.5, 2: 0.5}
    assert list(found["batch_loss"]) == list(found["batch_steps_per_second"]) == [2, 4, 6, 8, 10, 12]
    assert found["batch_loss"][4] == pytest.approx(history["loss"][0])
    assert all(speed > 0 for speed in found["epoch_steps_per_second"].values())
    assert "sequential/dense/kernel/histogram" in tags["tensors"]
    assert "keras" in tags["tensors"]
    assert "sequential/dense/kernel/image" in tags["images"]
    found, _ = events(tmp_path / "validation")
    assert found["epoch_loss"] == pytest.approx(dict(enumerate(history["val_loss"])))
    assert list(found["evaluation_loss_vs_iterations"]) == [4, 8, 12]


def test_board_has_embeddings(tmp_path) -> None:
    """A table for the projector, with names for its rows; names for what embeds nothing are an error."""
    pytest.importorskip("tensorboard")
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(5, 3, name="words")], name="net")
    model.compile("sgd", "mse")
    x, y = np.array([[0, 4], [1, 2]], "int32"), np.zeros((2, 2, 3), "float32")
    board = callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": "words.tsv"})
    model.fit(x, y, verbose=0, callbacks=[board])
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'metadata_path: "words.tsv"' in config
    (table,) = tmp_path.glob("*.tsv")
    assert f'tensor_path: "{table.name}"' in config
    np.testing.assert_allclose(np.loadtxt(table), model.get_weights()[0], rtol=1e-5)
    wrong = callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"letters": "words.tsv"})
    with pytest.raises(ArgumentError, match="layers that embed"):
        model.fit(x, y, verbose=0, callbacks=[wrong])


def test_board_has_profiles(tmp_path) -> None:
    """Of the batches asked for, where the backend has a profiler; an error where it has none."""
    pytest.importorskip("tensorboard")
    model = network()
    board = callbacks.TensorBoard(tmp_path, profile_batch=(2, 3), write_graph=False)
    if model._backend.profile is None:
        with pytest.raises(NotSupportedError, match="no profiler"):
            fit(model, board)
    else:
        fit(model, board, epochs=1)
        assert any(".trace" in p.name or ".xplane" in p.name for p in tmp_path.rglob("*"))
    for wrong in (-1, (3, 2), "a", (1, 2, 3), None):
        with pytest.raises(ArgumentError, match="Profiled is a batch"):
            callbacks.TensorBoard(tmp_path, profile_batch=wrong)
    with pytest.raises(ArgumentError, match="a number of batches"):
        callbacks.TensorBoard(tmp_path, update_freq=0)


@pytest.mark.parametrize("background", [True, False])
def test_checkpoints_of_orbax_are_restored(background, tmp_path) -> None:
    """Weights, optimizer and metrics; the newest are kept, and any of them can be asked for."""
    pytest.importorskip("orbax.checkpoint")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = network(optimizers.Nadam(0.1))
        each: list[list[np.ndarray]] = []
        note = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: each.append(model.get_weights()))
        saving = callbacks.OrbaxCheckpoint(tmp_path, max_to_keep=2, save_on_background=background)
        fit(model, saving, note)
        assert sorted(p.name for p in tmp_path.iterdir() if p.name.isdigit()) == ["1", "2"]
        twin = network(optimizers.Nadam(0.1), seed=9)
        for step, wanted in ((None, 2), (1, 1)):
            assert callbacks.OrbaxCheckpoint(tmp_path).restore(twin, step) == wanted
            for a, b in zip(twin.get_weights(), each[wanted], strict=True):
                np.testing.assert_array_equal(a, b)
        assert callbacks.OrbaxCheckpoint(tmp_path).restore(twin) == 2
        for a, b in zip(twin.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
        with pytest.raises(FileFormatError, match="The checkpoint is there"):
            callbacks.OrbaxCheckpoint(tmp_path).restore(twin, 7)


def test_checkpoints_count_batches_that_are_run_together(tmp_path) -> None:
    """Every third batch, whether or not the loop runs several in one dispatch."""
    model = network()
    saving = callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=3)
    fit(model, saving, epochs=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1-3.keras", "2-2.keras"]
    model = network()
    model.steps_per_execution = 4
    saving = callbacks.ModelCheckpoint(tmp_path / "group-{epoch}-{batch}.keras", save_freq=4)
    fit(model, saving, epochs=2)
    assert sorted(p.name for p in tmp_path.glob("group*")) == ["group-1-4.keras", "group-2-4.keras"]
