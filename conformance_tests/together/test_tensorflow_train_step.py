"""Steps of training written for TensorFlow, with a tape, as Keras's guides show them: `fit` runs them as they are."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import NotSupportedError

tf = pytest.importorskip("tensorflow")


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras.use_backend("tensorflow"):
        yield


def digits():
    (x, y), _ = keras.datasets.digits.load_data()
    return x[:100, ..., None].astype("float32"), y[:100].astype("int32")


def network(kind=keras.Model, rate=0.25):
    """A classifier of the digits with dropout, statistics and penalties, as a model of some class."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 8, 1))
    x = layers.Rescaling(1 / 16)(inputs)
    x = layers.Conv2D(4, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01))(x)
    x = layers.BatchNormalization()(layers.Flatten()(x))
    return kind(inputs, layers.Dense(10)(layers.Dropout(rate)(x)))


def compiled(model, **arguments):
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        **{"metrics": ["accuracy"], **arguments},
    )
    return model


class Taped(keras.Model):
    """The step of Keras's guide to customizing `fit` with TensorFlow, by `apply`."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=tf.shape(x)[0])
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


class TapedPairs(Taped):
    """The same by `apply_gradients` and weights."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=tf.shape(x)[0])
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


@pytest.mark.parametrize("kind", [Taped, TapedPairs])
@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}, {"jit_compile": True}], ids=["graph", "eager", "xla"])
def test_step_with_a_tape_trains_as_the_built_in_one(kind, how) -> None:
    """Losses, metrics and weights, an uneven last batch included."""
    x, y = digits()
    # XLA has no kernel that asks the host for draws.
    rate = 0.0 if how.get("jit_compile") else 0.25
    models, curves = [], []
    for model, arguments in ((network(rate=rate), {}), (network(kind, rate), how)):
        keras.utils.set_random_seed(6)
        models.append(compiled(model, **arguments))
        curves.append(model.fit(x, y, batch_size=32, epochs=3, verbose=0).history)
    expected, received = models
    assert set(curves[1]) == {"loss", "accuracy"}
    assert curves[1]["loss"] == pytest.approx(curves[0]["loss"], rel=1e-4)
    assert curves[1]["accuracy"] == pytest.approx(curves[0]["accuracy"])
    assert curves[1]["loss"][-1] < 0.5 * curves[1]["loss"][0]
    for a, b in zip(received.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3)


def test_portable_draws_are_refused_under_xla() -> None:
    """Before anything is compiled; the fast ones are drawn by XLA itself."""
    x, y = digits()
    model = compiled(network(), jit_compile=True)
    before = model.get_weights()
    with pytest.raises(NotSupportedError, match="asks nothing of the host"):
        model.fit(x, y, verbose=0)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    keras.config.set_random("fast")
    history = compiled(network(), jit_compile=True).fit(x, y, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_step_runs_as_often_as_its_kind_says() -> None:
    """Compiled it is traced, for whole batches and for a last one of any size; run eagerly it is run each time."""
    x, y = digits()
    runs = []

    class Counted(Taped):
        def train_step(self, data):
            runs.append(tf.executing_eagerly())
            return super().train_step(data)

    compiled(network(Counted)).fit(x, y, batch_size=32, epochs=3, verbose=0)
    assert runs == [False, False]
    runs.clear()
    compiled(network(Counted), run_eagerly=True).fit(x, y, batch_size=32, epochs=3, verbose=0)
    assert runs == [True] * 12


def test_step_with_a_tape_and_weights_of_samples() -> None:
    """The guide's step that takes `sample_weight`, in a subclass that makes its layers itself."""

    class Weighted(keras.Model):
        def __init__(self):
            super().__init__()
            self.tracker = keras.metrics.Mean(name="loss")
            self.inner = network()

        def call(self, x, training=False):
            return self.inner(x, training=training)

        def train_step(self, data):
            x, y, sample_weight = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
            self.tracker.update_state(loss, sample_weight=ops.shape(x)[0])
            return {"loss": self.tracker.result()}

        @property
        def metrics(self):
            return [self.tracker]

    x, y = digits()
    weights = np.linspace(0, 2, len(x)).astype("float32")
    keras.utils.set_random_seed(6)
    expected = compiled(network(), metrics=None).fit(x, y, sample_weight=weights, epochs=2, verbose=0).history["loss"]
    keras.utils.set_random_seed(6)
    received = compiled(Weighted(), metrics=None).fit(x, y, sample_weight=weights, epochs=2, verbose=0).history
    assert received["loss"] == pytest.approx(expected, rel=1e-4)


def test_step_of_an_unbuilt_model_makes_its_variables() -> None:
    """Neither the layers nor the optimizer have any before the first batch; a test step in the same form."""

    class Late(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.last = layers.Dense(16, activation="relu"), layers.Dense(10)
            self.tracker = keras.metrics.Mean(name="loss")
            self.own = keras.optimizers.SGD(0.1, momentum=0.9)

        def call(self, x):
            return self.last(self.hidden(tf.reshape(x, (-1, 64)) / 16))

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                logits = self(x, training=True)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
            self.own.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

        def test_step(self, data):
            x, y = data
            hit = tf.equal(tf.argmax(self(x), -1, output_type=tf.int32), tf.cast(y, tf.int32))
            return {"hits": tf.reduce_sum(tf.cast(hit, tf.float32))}

    x, y = digits()
    keras.utils.set_random_seed(5)
    model = Late()
    model.compile()
    history = model.fit(x, y, epochs=20, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert model.evaluate(x, y, batch_size=100, verbose=0) > 80
    assert len(model.own.variables) == 2 + len(model.trainable_variables)


class Gan(keras.Model):
    """Keras's GAN for TensorFlow: two tapes, two optimizers, noise and labels drawn in the step."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(64)])
        self.discriminator = keras.Sequential(
            [keras.Input((64,)), layers.Dense(16, activation="relu"), layers.Dropout(0.2), layers.Dense(1)]
        )
        self.seeds = keras.random.SeedGenerator(3)
        self.d_tracker = keras.metrics.Mean(name="d_loss")
        self.g_tracker = keras.metrics.Mean(name="g_loss")

    def compile(self, d_optimizer, g_optimizer, loss_fn, **arguments):
        super().compile(**arguments)
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn

    def call(self, x):
        return self.generator(x)

    @property
    def metrics(self):
        return [self.d_tracker, self.g_tracker]


class TapedGan(Gan):
    def train_step(self, real):
        size = tf.shape(real)[0]
        noise = keras.random.normal(shape=(size, 4), seed=self.seeds)
        made = self.generator(noise, training=True)
        images = tf.concat([made, real], axis=0)
        labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        labels += 0.05 * keras.random.uniform(tf.shape(labels), seed=self.seeds)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(images, training=True))
        gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights))
        noise = keras.random.normal(shape=(size, 4), seed=self.seeds)
        with tf.GradientTape() as tape:
            judged = self.discriminator(self.generator(noise, training=True), training=True)
            g_loss = self.loss_fn(tf.zeros((size, 1)), judged)
        gradients = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights))
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return {"d_loss": self.d_tracker.result(), "g_loss": self.g_tracker.result()}


class PortableGan(Gan):
    """The same step in the form of one source for every backend."""

    def train_step(self, real):
        size = ops.shape(real)[0]
        noise = keras.random.normal(shape=(size, 4), seed=self.seeds)
        images = ops.concatenate([self.generator(noise, training=True), real])
        labels = ops.concatenate([ops.ones((size, 1)), ops.zeros((size, 1))])
        labels = labels + 0.05 * keras.random.uniform(ops.shape(labels), seed=self.seeds)
        trained = self.discriminator.trainable_weights
        d_loss, gradients = keras.value_and_grad(
            lambda: self.loss_fn(labels, self.discriminator(images, training=True)), trained
        )
        self.d_optimizer.apply(gradients, trained)
        noise = keras.random.normal(shape=(size, 4), seed=self.seeds)

        def generator_loss():
            judged = self.discriminator(self.generator(noise, training=True), training=True)
            return self.loss_fn(ops.zeros((size, 1)), judged)

        trained = self.generator.trainable_weights
        g_loss, gradients = keras.value_and_grad(generator_loss, trained)
        self.g_optimizer.apply(gradients, trained)
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return {"d_loss": self.d_tracker.result(), "g_loss": self.g_tracker.result()}


def gan_history(kind, backend="tensorflow", **arguments):
    (x, _), _ = keras.datasets.digits.load_data()
    images = x[:100].reshape(100, 64).astype("float32") / 16
    with keras.use_backend(backend):
        keras.utils.set_random_seed(2)
        model = kind()
        model.compile(
            d_optimizer=keras.optimizers.Adam(0.005),
            g_optimizer=keras.optimizers.Adam(0.005),
            loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
            **arguments,
        )
        return model.fit(images, batch_size=32, epochs=3, verbose=0).history


@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}], ids=["graph", "eager"])
def test_gan_with_tapes_trains_as_the_portable_one(how) -> None:
    """On TensorFlow and on NumPy, which knows no tape."""
    received = gan_history(TapedGan, **how)
    for backend in ("tensorflow", "numpy"):
        expected = gan_history(PortableGan, backend)
        assert received["d_loss"] == pytest.approx(expected["d_loss"], rel=2e-4)
        assert received["g_loss"] == pytest.approx(expected["g_loss"], rel=2e-4)
    assert received["d_loss"] != pytest.approx([received["d_loss"][0]] * 3, rel=1e-2)
