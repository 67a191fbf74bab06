"""Steps of a user's own in Keras's form for torch: `loss.backward()`, then the optimizer applies what is in `grad`."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def _on_torch():
    with keras.use_backend("torch"):
        yield


class StepsByHand(keras.Model):
    """A model that trains as the Keras guide to custom steps on torch does."""

    def train_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)
        loss.backward()
        trainable_weights = list(self.trainable_weights)
        gradients = [v.value.grad for v in trainable_weights]
        with torch.no_grad():
            self.optimizer.apply(gradients, trainable_weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=x.shape[0])
            else:
                metric.update_state(y, y_pred, sample_weight)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=x.shape[0])
            else:
                metric.update_state(y, y_pred, sample_weight)
        return {m.name: m.result() for m in self.metrics}


def network(kind):
    x = keras.Input((8, 8, 1))
    y = layers.Rescaling(1 / 16)(x)
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(y)
    y = layers.BatchNormalization()(y)
    y = layers.MaxPooling2D()(y)
    y = layers.Dropout(0.25)(layers.Flatten()(y))
    y = layers.Dense(10, kernel_regularizer="l2")(y)
    return kind(x, y)


def fitted(kind, digits, optimizer="adam", seed=5, **arguments):
    """A model, and the history of some epochs."""
    images, labels = digits
    keras.utils.set_random_seed(seed)
    model = network(kind)
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    history = model.fit(images, labels, epochs=2, verbose=0, **arguments).history
    return model, history


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(1e-3),
    "sgd": lambda: keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, clipnorm=1.0),
    "adamw": lambda: keras.optimizers.AdamW(1e-3, use_ema=True, gradient_accumulation_steps=2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_step_by_hand_trains_as_the_built_in_one(name: str, digits) -> None:
    """Losses, metrics and weights, those of validation and statistics too."""
    wanted_model, wanted = fitted(keras.Model, digits, OPTIMIZERS[name](), validation_split=0.2)
    model, received = fitted(StepsByHand, digits, OPTIMIZERS[name](), validation_split=0.2)
    assert list(received) == list(wanted)
    assert set(wanted) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    for key in wanted:
        np.testing.assert_allclose(received[key], wanted[key], rtol=1e-5, err_msg=key)
    assert received["loss"][1] < received["loss"][0]
    for a, b in zip(model.get_weights(), wanted_model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "weights",
    [{"sample_weight": np.linspace(0, 2, 256).astype("float32")}, {"class_weight": {i: 1 + i / 10 for i in range(10)}}],
    ids=["samples", "classes"],
)
def test_weights_reach_the_step(weights, digits) -> None:
    """Weights of samples, or of classes, come as the third part of the data."""
    _, wanted = fitted(keras.Model, digits, **weights)
    _, received = fitted(StepsByHand, digits, **weights)
    np.testing.assert_allclose(received["loss"], wanted["loss"], rtol=1e-5)
    assert not np.allclose(wanted["loss"], fitted(keras.Model, digits)[1]["loss"], rtol=1e-3)


def test_frozen_layers_have_no_gradients(digits) -> None:
    """They stay as they are, and what is thawed trains again."""
    images, labels = digits
    model = network(StepsByHand)
    model.layers[2].trainable = False
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.layers[2].get_weights()
    model.fit(images, labels, verbose=0)
    for a, b in zip(model.layers[2].get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert all(v.value.grad is None for v in model.layers[2].weights)
    model.layers[2].trainable = True
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, labels, verbose=0)
    assert not any(np.array_equal(a, b) for a, b in zip(model.layers[2].get_weights(), before, strict=True))


def test_step_with_an_optimizer_of_torch(digits) -> None:
    """A step may leave the update to an optimizer of torch's: it trains as Keras's own."""

    class OnTorch(keras.Model):
        inner: torch.optim.Optimizer

        def train_step(self, data):
            x, y = data
            self.inner.zero_grad()
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            loss.backward()
            self.inner.step()
            return {"loss": loss}

    class Recorded(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.losses = []

        def on_train_batch_begin(self, batch, logs=None):
            self.model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(logs["loss"])

    curves = []
    for kind in (keras.Model, OnTorch):
        keras.utils.set_random_seed(3)
        model = network(kind)
        model.compile(
            optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        model.inner = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        recorded = Recorded()
        model.fit(*digits, verbose=0, callbacks=[recorded])
        curves.append(recorded.losses)
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-4)


class Gan(keras.Model):
    """A generator and a discriminator, each with an optimizer of its own, in turns."""

    def __init__(self, by_hand):
        super().__init__()
        self.by_hand = by_hand
        self.generator = keras.Sequential([keras.Input((8,)), layers.Dense(32, "relu"), layers.Dense(64, "sigmoid")])
        self.discriminator = keras.Sequential([keras.Input((64,)), layers.Dense(32, "leaky_relu"), layers.Dense(1)])
        self.seeds = keras.random.SeedGenerator(1337)
        self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
        self.g_loss_tracker = keras.metrics.Mean(name="g_loss")
        self.built = True

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    @property
    def metrics(self):
        return [self.d_loss_tracker, self.g_loss_tracker]

    def d_loss(self, real):
        noise = keras.random.normal((real.shape[0], 8), seed=self.seeds)
        logits = self.discriminator(ops.concatenate([self.generator(noise), real]))
        labels = ops.concatenate([ops.ones((real.shape[0], 1)), ops.zeros((real.shape[0], 1))])
        return self.loss_fn(labels, logits)

    def g_loss(self, real):
        noise = keras.random.normal((real.shape[0], 8), seed=self.seeds)
        return self.loss_fn(ops.zeros((real.shape[0], 1)), self.discriminator(self.generator(noise)))

    def update(self, loss_of, real, part, optimizer):
        if not self.by_hand:
            loss, gradients = keras.value_and_grad(lambda: loss_of(real), part.trainable_weights)
            optimizer.apply(gradients, part.trainable_weights)
            return loss
        # As in Keras's GAN for torch.
        self.zero_grad()
        loss = loss_of(real)
        loss.backward()
        gradients = [v.value.grad for v in part.trainable_weights]
        with torch.no_grad():
            optimizer.apply(gradients, part.trainable_weights)
        return loss

    def train_step(self, data):
        d_loss = self.update(self.d_loss, data, self.discriminator, self.d_optimizer)
        g_loss = self.update(self.g_loss, data, self.generator, self.g_optimizer)
        self.d_loss_tracker.update_state(d_loss)
        self.g_loss_tracker.update_state(g_loss)
        return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}


def test_gan_by_hand_trains_as_the_portable_one(digits) -> None:
    """Both curves are those of the same model with `value_and_grad`; both networks learn."""
    images = digits[0].reshape(-1, 64) / 16
    curves = []
    for by_hand in (False, True):
        keras.utils.set_random_seed(2)
        gan = Gan(by_hand)
        before = gan.get_weights()
        gan.compile(
            d_optimizer=keras.optimizers.Adam(3e-4),
            g_optimizer=keras.optimizers.Adam(3e-4),
            loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
        )
        curves.append(gan.fit(images, epochs=3, batch_size=64, verbose=0).history)
        assert not any(np.array_equal(a, b) for a, b in zip(before, gan.get_weights(), strict=True) if a.any())
    assert list(curves[1]) == ["d_loss", "g_loss"]
    for name, curve in curves[0].items():
        np.testing.assert_allclose(curves[1][name], curve, rtol=1e-5)
    assert curves[1]["d_loss"][-1] < curves[1]["d_loss"][0]
