"""Training: what `fit`, `evaluate` and `predict` take and give, the same on every backend."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, NotSupportedError, ShapeError, StateError, StructureError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3).astype("float32")

pytestmark = pytest.mark.usefixtures("gradients")


@pytest.fixture
def gradients():
    """These tests train; a backend without gradients says so in one place, its capabilities."""
    if Capability.GRADIENTS not in current().can:
        pytest.skip("the backend declares no gradients")


def linear(**compile_arguments):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(**{"optimizer": keras.optimizers.SGD(0.1), "loss": "mse", **compile_arguments})
    return model


def fitted(model, *args, **kwargs):
    return model.fit(*args, verbose=0, **kwargs).history


def by_hand(batches, epochs=1, rate=0.1, weights=None):
    """The mean loss of each epoch and the final weights of `linear` by plain NumPy in float64."""
    w, b = np.zeros((3, 1)), np.zeros(1)
    found = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y, *rest in batches:
            weight = rest[0].reshape(-1, 1) if rest else np.ones((len(x), 1))
            error = x @ w + b - y
            total += np.mean(weight * error**2) * len(x)
            count += len(x)
            slope = 2 * weight * error / len(x)
            w, b = w - rate * x.T @ slope, b - rate * slope.sum(0)
        found.append(total / count)
    return found, (w, b)


def batches_of(*arrays, size=16):
    return [tuple(a[i : i + size].astype(np.float64) for a in arrays) for i in range(0, len(arrays[0]), size)]


# -- Data -------------------------------------------------------------------------------------------------------------


def test_epoch_loss_is_the_mean_over_samples() -> None:
    """The uneven last batch counts by its samples; the weights are those of a loop by hand."""
    model = linear()
    history = fitted(model, X, Y, batch_size=16, epochs=3, shuffle=False)
    expected, (w, b) = by_hand(batches_of(X, Y), epochs=3)
    assert history["loss"] == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.get_weights()[1], b, rtol=1e-4, atol=1e-6)


class Batches:
    """An iterable that starts afresh each epoch."""

    def __iter__(self):
        return iter([(X[i : i + 10], Y[i : i + 10]) for i in range(0, 50, 10)])


SOURCES = {
    "float64 arrays": lambda: ((X.astype(np.float64), Y.astype(np.float64)), {"batch_size": 10}),
    "native tensors": lambda: ((ops.convert_to_tensor(X), ops.convert_to_tensor(Y)), {"batch_size": 10}),
    "generator": lambda: (((batch for _ in range(2) for batch in Batches()),), {"steps_per_epoch": 5}),
    "iterable": lambda: ((Batches(),), {}),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_data_trains_alike(kind) -> None:
    """Arrays, tensors of the backend, generators that go on and iterables that start afresh."""
    args, kwargs = SOURCES[kind]()
    history = fitted(linear(), *args, epochs=2, shuffle=False, **kwargs)
    expected, _ = by_hand(batches_of(X, Y, size=10), epochs=2)
    assert history["loss"] == pytest.approx(expected, rel=1e-5)


def test_samples_are_shuffled_alike_everywhere() -> None:
    """The order of one seed is the same on every backend: each sample once, another order each epoch."""
    seen = []

    class Recorder(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            seen.append(ops.convert_to_numpy(data[0]).reshape(-1).tolist())
            return super().train_step(data)

    model = Recorder()
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    x = np.arange(8, dtype="float32").reshape(8, 1)
    keras.utils.set_random_seed(5)
    model(x[:1])
    fitted(model, x, x, batch_size=3, epochs=2)
    epochs = [sum(seen[i : i + 3], []) for i in (0, 3)]
    assert [sorted(e) for e in epochs] == [list(range(8))] * 2
    assert epochs == SHUFFLED
    assert [len(s) for s in seen] == [3, 3, 2] * 2


def test_weights_of_samples_and_classes_multiply_the_loss() -> None:
    """`sample_weight` and `class_weight`, against a loop by hand."""
    weight = RNG.uniform(0.1, 2, 50).astype("float32")
    expected, _ = by_hand(batches_of(X, Y, weight), epochs=2)
    history = fitted(linear(), X, Y, sample_weight=weight, batch_size=16, epochs=2, shuffle=False)
    assert history["loss"] == pytest.approx(expected, rel=1e-5)
    classes = (Y > 0).astype("float32")
    table = {0: 0.25, 1: 3.0}
    expected, _ = by_hand(batches_of(X, classes, np.where(classes[:, 0] > 0, 3.0, 0.25)), epochs=2)
    history = fitted(linear(), X, classes, class_weight=table, batch_size=16, epochs=2, shuffle=False)
    assert history["loss"] == pytest.approx(expected, rel=1e-5)


def test_validation_split_is_the_end_of_the_data() -> None:
    """The last share, never trained on; the same as giving it as `validation_data`."""
    split = fitted(linear(), X, Y, batch_size=8, epochs=2, validation_split=0.2, shuffle=False)
    model = linear()
    given = fitted(model, X[:40], Y[:40], batch_size=8, epochs=2, validation_data=(X[40:], Y[40:]), shuffle=False)
    assert split == given
    assert split["val_loss"][-1] == pytest.approx(model.evaluate(X[40:], Y[40:], verbose=0), rel=1e-6)
    assert list(split) == ["loss", "val_loss"]


def test_validation_runs_at_its_frequency() -> None:
    """Every second epoch, or the epochs of a list, with its own steps."""
    data = {"validation_data": (X, Y), "validation_batch_size": 10, "validation_steps": 2}
    assert len(fitted(linear(), X, Y, epochs=4, validation_freq=2, **data)["val_loss"]) == 2
    assert len(fitted(linear(), X, Y, epochs=4, validation_freq=[1, 2, 4], **data)["val_loss"]) == 3


def test_steps_per_epoch_goes_on_through_the_data() -> None:
    """Where an epoch ends the next goes on; more steps than batches go through the data again."""
    history = fitted(linear(), X[:40], Y[:40], batch_size=10, steps_per_epoch=2, epochs=2, shuffle=False)
    all_batches = batches_of(X[:40], Y[:40], size=10)
    whole, _ = by_hand(all_batches)
    assert np.mean(history["loss"]) == pytest.approx(whole[0], rel=1e-5)
    again = fitted(linear(), X[:20], Y[:20], batch_size=10, steps_per_epoch=4, shuffle=False)
    expected, _ = by_hand(batches_of(X[:20], Y[:20], size=10) * 2)
    assert again["loss"] == pytest.approx(expected, rel=1e-5)


def test_initial_epoch_goes_on_counting() -> None:
    """Epochs are numbered from it on."""
    history = linear().fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]


# -- Inputs and outputs -----------------------------------------------------------------------------------------------


def two_by_two():
    """A model with two inputs and two outputs, in dicts whose order is not that of their keys."""
    left, right = keras.Input((3,), name="right_one"), keras.Input((2,), name="left_one")
    shared = layers.Dense(4, activation="tanh", name="shared")(layers.Concatenate()([left, right]))
    first = layers.Dense(1, name="zeta")(shared)
    second = layers.Dense(3, activation="softmax", name="alpha")(shared)
    return keras.Model({"b": left, "a": right}, {"zeta": first, "alpha": second})


def two_by_two_data(n=20):
    inputs = {"a": RNG.normal(size=(n, 2)).astype("f"), "b": RNG.normal(size=(n, 3)).astype("f")}
    targets = {"alpha": RNG.integers(0, 3, n).astype("int32"), "zeta": RNG.normal(size=(n, 1)).astype("f")}
    return inputs, targets


def test_dicts_of_inputs_and_outputs_go_by_their_keys() -> None:
    """Losses, weights, metrics, targets and sample weights by name; the total is the weighted sum."""
    model = two_by_two()
    x, y = two_by_two_data()
    model.compile(
        optimizer="adam",
        loss={"alpha": "sparse_categorical_crossentropy", "zeta": "mse"},
        loss_weights={"alpha": 2.0, "zeta": 0.5},
        metrics={"alpha": ["accuracy"], "zeta": ["mae"]},
    )
    history = fitted(model, x, y, epochs=2, batch_size=8)
    assert set(history) == {"loss", "alpha_loss", "zeta_loss", "alpha_accuracy", "zeta_mae"}
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(2 * logs["alpha_loss"] + 0.5 * logs["zeta_loss"], rel=1e-5)
    out = model.predict(x, verbose=0)
    assert list(out) == ["zeta", "alpha"], "in written order"
    assert out["zeta"].shape == (20, 1)
    expected = np.mean((out["zeta"] - y["zeta"]) ** 2)
    assert logs["zeta_loss"] == pytest.approx(expected, rel=1e-4)
    assert logs["alpha_accuracy"] == pytest.approx(np.mean(out["alpha"].argmax(-1) == y["alpha"]))


def test_lists_go_in_written_order() -> None:
    """A list of inputs and of outputs; the same model by the names of its inputs."""
    a, b = keras.Input((2,), name="second"), keras.Input((3,), name="first")
    model = keras.Model([a, b], [layers.Dense(1, name="x")(a), layers.Dense(2, name="w")(b)])
    model.compile(optimizer="sgd", loss=["mse", "mae"])
    xs = [np.ones((4, 2), "f"), np.ones((4, 3), "f")]
    fitted(model, xs, [np.ones((4, 1), "f"), np.ones((4, 2), "f")])
    out = model.predict(xs, verbose=0)
    assert [o.shape for o in out] == [(4, 1), (4, 2)]
    named = model.predict({"first": xs[1], "second": xs[0]}, verbose=0)
    for x, y in zip(out, named, strict=True):
        np.testing.assert_array_equal(x, y)


def test_output_without_a_loss_is_not_trained_on() -> None:
    """`None` among the losses."""
    model = two_by_two()
    x, y = two_by_two_data()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss={"zeta": "mse"})
    before = model.get_layer("alpha").get_weights()[0]
    fitted(model, x, {"zeta": y["zeta"]})
    np.testing.assert_array_equal(model.get_layer("alpha").get_weights()[0], before)


# -- Steps ------------------------------------------------------------------------------------------------------------


def network():
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.25, seed=1),
            layers.Dense(3),
        ]
    )


IMAGES = RNG.normal(size=(40, 6, 6, 1)).astype("f")
LABELS = RNG.integers(0, 3, 40).astype("int32")


def curve(**kwargs):
    """The loss of each of five batches, twice."""
    model = network()
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **kwargs,
    )
    losses = []
    reset = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: model.reset_metrics(),
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]),
    )
    fitted(model, IMAGES, LABELS, batch_size=9, epochs=2, callbacks=[reset])
    return losses


def test_loss_curve_of_a_seed_is_the_same_everywhere() -> None:
    """In portable mode: initial weights, shuffles and dropout are bit-identical, losses agree to 1e-4."""
    keras.config.set_random("portable")
    assert curve() == pytest.approx(CURVE, rel=1e-4)


def test_eager_steps_give_what_compiled_ones_do() -> None:
    """`run_eagerly=True`, in portable mode."""
    keras.config.set_random("portable")
    assert curve(run_eagerly=True) == pytest.approx(CURVE, rel=1e-4)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a:UserWarning")
@pytest.mark.slow
def test_jit_compiled_steps_give_what_others_do() -> None:
    """`jit_compile=True` where the backend compiles; elsewhere it is refused."""
    if Capability.COMPILE not in current().can:
        with pytest.raises(NotSupportedError, match="compiles nothing"):
            fitted(linear(jit_compile=True), X, Y)
        return
    plain, _ = by_hand(batches_of(X, Y, size=25), epochs=2)
    for jit_compile in (True, False):
        model = linear(jit_compile=jit_compile)
        history = fitted(model, X, Y, batch_size=25, epochs=2, shuffle=False)
        assert history["loss"] == pytest.approx(plain, rel=1e-5)


def test_models_without_an_input_are_built_from_the_data() -> None:
    """`fit` builds a `Sequential` that does not know its input's shape, as one graph; layers with a default for
    `training` keep it, at their first call and later."""
    seen = []

    class Probe(layers.Layer):
        def call(self, x, training=True):
            if ops.is_tensor(x):
                seen.append(training)
            return x

    model = keras.Sequential([Probe(), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    history = fitted(model, X, Y, shuffle=False)
    np.testing.assert_allclose(history["loss"], fitted(linear(), X, Y, shuffle=False)["loss"], rtol=1e-5)
    assert model.input_shape == (None, 3)
    assert set(seen) == {True}
    seen.clear()
    probe = Probe()
    for _ in range(3):
        probe(ops.ones((2, 3)))
    assert seen == [True, True, True]
    model.predict(X, verbose=0)
    assert seen[-1] is False


def test_single_batches_are_trained_and_tested_on() -> None:
    """`train_on_batch`, `test_on_batch` and `predict_on_batch`; metrics go on until they are reset."""
    model = linear(metrics=["mae"])
    expected, (w, b) = by_hand([(X.astype(float), Y.astype(float))])
    loss, mae = model.train_on_batch(X, Y)
    assert loss == pytest.approx(expected[0], rel=1e-5)
    assert mae == pytest.approx(np.abs(Y).mean(), rel=1e-5)
    model.reset_metrics()
    logs = model.test_on_batch(X, Y, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean((X @ w + b - Y) ** 2), rel=1e-4)
    np.testing.assert_allclose(model.predict_on_batch(X), X @ w + b, rtol=1e-3, atol=1e-5)
    weighted = linear().train_on_batch(X, Y, sample_weight=np.full(50, 0.5, "f"))
    assert weighted == pytest.approx(expected[0] / 2, rel=1e-5)


@pytest.mark.parametrize(
    "how", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_copy_of_a_model_goes_on_training_as_the_model(how) -> None:
    """Optimizer, metrics and random state come along, and both are free of each other from then on."""
    keras.utils.set_random_seed(1)
    model = network()
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_list=[model.trainable_variables[0]])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    fitted(model, IMAGES, LABELS, shuffle=False)
    twin = how(model)
    weights = twin.get_weights()
    expected = fitted(model, IMAGES, LABELS, epochs=2, shuffle=False)
    for a, b in zip(twin.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)
    received = fitted(twin, IMAGES, LABELS, epochs=2, shuffle=False)
    assert list(received) == list(expected)
    for name, curve in expected.items():
        assert received[name] == pytest.approx(curve, rel=1e-6)
    for a, b in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_predictions_are_those_of_the_whole() -> None:
    """Batches of any size, the last one uneven, in order."""
    model = network()
    whole = ops.convert_to_numpy(model(IMAGES))
    np.testing.assert_allclose(model.predict(IMAGES, batch_size=7, verbose=0), whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict((b for b in np.split(IMAGES, 4)), verbose=0), whole, rtol=1e-5, atol=1e-6)


def test_frozen_layers_are_not_trained_and_thawed_ones_are() -> None:
    """Freezing and thawing between fits takes effect at once; compiling anew, as Keras asks for, too."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="body"), layers.Dense(1)])
    model.get_layer("body").trainable = False
    model.compile(optimizer="sgd", loss="mse")
    before = model.get_layer("body").get_weights()
    fitted(model, X, Y)
    for a, b in zip(model.get_layer("body").get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    model.get_layer("body").trainable = True
    model.compile(optimizer="sgd", loss="mse")
    fitted(model, X, Y)
    assert np.any(model.get_layer("body").get_weights()[0] != before[0])


def test_penalties_of_layers_are_part_of_the_loss() -> None:
    """Weight regularizers and `add_loss` in the reported loss."""

    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(ops.mean(ops.square(x)) * 0.5)
            return x

    model = keras.Sequential(
        [
            keras.Input((3,)),
            Penalty(),
            layers.Dense(1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.25)),
        ]
    )
    model.compile(optimizer="sgd", loss="mse")
    expected = np.mean((X.sum(1, keepdims=True) - Y) ** 2) + 0.5 * np.mean(X**2) + 0.25 * 3
    assert model.evaluate(X, Y, batch_size=50, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.train_on_batch(X, Y) == pytest.approx(expected, rel=1e-5)


class Gan(keras.Model):
    """A generative adversarial network whose step is one source for every backend."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(64)])
        self.discriminator = keras.Sequential(
            [keras.Input((64,)), layers.Dense(16, activation="relu"), layers.Dropout(0.2), layers.Dense(1)]
        )
        self.seeds = keras.random.SeedGenerator(3)
        self.trackers = [keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")]
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self):
        super().compile(optimizer=keras.optimizers.Adam(0.005))
        self.other_optimizer = keras.optimizers.Adam(0.005)
        self.optimizer.build(self.discriminator.trainable_variables)

    def call(self, x):
        return self.generator(x)

    def train_step(self, data):
        size = ops.shape(data)[0]
        noise = keras.random.normal((size, 4), seed=self.seeds)
        real, fake = ops.ones((size, 1)), ops.zeros((size, 1))

        def discriminator_loss():
            made = self.generator(noise, training=True)
            judged = self.discriminator(ops.concatenate([data, made]), training=True)
            return self.cross_entropy(ops.concatenate([real, fake]), judged)

        trained = self.discriminator.trainable_variables
        d_loss, gradients = keras.value_and_grad(discriminator_loss, trained)
        self.optimizer.apply(gradients, trained)

        def generator_loss():
            return self.cross_entropy(real, self.discriminator(self.generator(noise, training=True), training=True))

        trained = self.generator.trainable_variables
        g_loss, gradients = keras.value_and_grad(generator_loss, trained)
        self.other_optimizer.apply(gradients, trained)
        for tracker, loss in zip(self.trackers, (d_loss, g_loss), strict=True):
            tracker.update_state(loss)
        return {t.name: t.result() for t in self.trackers}


def test_gan_of_one_source_trains_alike_everywhere() -> None:
    """On the digits, two optimizers, noise and dropout drawn in the step: one curve."""
    keras.config.set_random("portable")
    keras.utils.set_random_seed(2)
    (x, _), _ = keras.datasets.digits.load_data()
    images = x[:160].reshape(160, 64).astype("float32") / 16
    model = Gan()
    model.compile()
    history = fitted(model, images, batch_size=32, epochs=3)
    assert history["d_loss"] == pytest.approx(GAN["d_loss"], rel=2e-4)
    assert history["g_loss"] == pytest.approx(GAN["g_loss"], rel=2e-4)


# -- Callbacks --------------------------------------------------------------------------------------------------------


def test_callbacks_are_called_in_order() -> None:
    """With epochs, batches and logs."""
    seen = []

    def note(name):
        return lambda *args: seen.append(name)

    names = ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_test_begin"]
    names += ["on_test_batch_begin", "on_test_batch_end", "on_test_end", "on_epoch_end", "on_train_end"]
    callback = keras.callbacks.LambdaCallback(**{n: note(n) for n in names})
    fitted(linear(), X[:2], Y[:2], validation_data=(X[:2], Y[:2]), callbacks=[callback])
    assert seen == names


def test_training_stops_early_with_the_best_weights() -> None:
    """After `patience` epochs without gain, with the weights of the best one."""
    values = iter([3.0, 2.0, 1.0, 5.0, 6.0, 0.0])
    weights = []

    class Fake(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            logs["val_loss"] = next(values)
            weights.append(self.model.get_weights()[0].copy())

    model = linear()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(X, Y, epochs=6, verbose=0, callbacks=[Fake(), stop])
    assert history.epoch == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(model.get_weights()[0], weights[2])


def test_checkpoints_hold_the_best_model(tmp_path) -> None:
    """Files by epoch, the best alone, weights alone."""
    model = linear()
    every = keras.callbacks.ModelCheckpoint(tmp_path / "at-{epoch:02d}.keras")
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.weights.h5", "loss", save_best_only=True, save_weights_only=True
    )
    fitted(model, X, Y, epochs=3, callbacks=[every, best])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "at-01.keras",
        "at-02.keras",
        "at-03.keras",
        "best.weights.h5",
    ]
    loaded = keras.saving.load_model(tmp_path / "at-03.keras")
    twin = linear()
    twin.load_weights(tmp_path / "best.weights.h5")
    for a, b, c in zip(loaded.get_weights(), twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, c)
    assert loaded.evaluate(X, Y, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-6)


def test_training_stops_at_a_loss_that_is_no_number(capsys) -> None:
    """TerminateOnNaN stops after the batch, or raises."""
    x = X.copy()
    x[20] = np.nan
    model = linear()
    stop = keras.callbacks.TerminateOnNaN()
    history = model.fit(x, Y, batch_size=10, epochs=5, shuffle=False, verbose=0, callbacks=[stop])
    assert len(history.epoch) == 1
    assert "Batch 2: the loss is nan" in capsys.readouterr().out
    with pytest.raises(StateError, match="The loss is a number"):
        fitted(
            linear(), x, Y, batch_size=10, shuffle=False, callbacks=[keras.callbacks.TerminateOnNaN(raise_error=True)]
        )


def test_progress_is_shown(capsys) -> None:
    """A line an epoch with `verbose=2`, a bar with 1, nothing with 0."""
    linear().fit(X, Y, epochs=2, verbose=2)
    shown = capsys.readouterr().out
    assert "Epoch 1/2" in shown
    assert "loss" in shown
    linear().fit(X, Y, verbose=1)
    assert "2/2" in capsys.readouterr().out
    linear().fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


# -- Wrong use --------------------------------------------------------------------------------------------------------


def test_wrong_use_of_fit_is_an_error_that_changes_nothing() -> None:
    """One clear error each, and the weights as they were."""
    model = linear()
    fitted(model, X, Y)
    before = model.get_weights()
    for arguments, error, match in [
        ({"x": X, "y": Y[:-1]}, ShapeError, "one number of samples"),
        ({"x": None}, ArgumentError, "fit needs data"),
        ({"x": X, "y": Y, "batch_size": 0}, ArgumentError, "batch_size is an integer from 1 on"),
        ({"x": X, "y": Y, "validation_split": 1.5}, ArgumentError, "between 0 and 1"),
        ({"x": X, "y": Y, "steps_per_epoch": 0}, ArgumentError, "number of steps is an integer from 1 on"),
        ({"x": iter([]), "y": Y}, ArgumentError, "yields the targets and weights itself"),
        (
            {"x": X, "y": Y, "sample_weight": np.ones(50, "f"), "class_weight": {0: 1.0}},
            ArgumentError,
            "by class or one",
        ),
        ({"x": X, "y": np.array(["a"] * 50)}, StructureError, "made of numbers"),
        ({"x": X[:0], "y": Y[:0]}, ArgumentError, "at least one batch"),
        ({"x": X}, StructureError, "Outputs with a loss have targets"),
    ]:
        with pytest.raises(error, match=match):
            fitted(model, **arguments)
        for a, b in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(a, b)
    fresh = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    with pytest.raises(StateError, match="compile"):
        fitted(fresh, X, Y)


# Of one seed, the same on every backend: stored once, from one of them.
SHUFFLED = [[1.0, 4.0, 7.0, 5.0, 3.0, 6.0, 2.0, 0.0], [4.0, 2.0, 7.0, 0.0, 6.0, 3.0, 5.0, 1.0]]
CURVE = [1.9245553, 1.8688052, 1.1477888, 2.325923, 1.3021293, 1.2274725, 1.5421821, 1.6322907, 1.2836862, 1.6249706]
GAN = {"d_loss": [0.60759431, 0.58320034, 0.56139594], "g_loss": [0.57760668, 0.49475399, 0.51718789]}
