"""Whole models: equal outputs and gradients with equal weights, equal training, files that go both ways."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

import multikeras

IMAGES = np.random.default_rng(0).random((16, 8, 8, 1)).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 16)


def graph(k):
    """A graph with several outputs, an inner model and ops."""
    x = k.Input((8, 8, 1), name="image")
    h = k.layers.Rescaling(1 / 2.0)(x)
    h = k.layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2", strides=2, padding="same")(h)
    h = k.layers.BatchNormalization(momentum=0.9)(h)
    h = k.layers.AveragePooling2D(2)(h)
    h = k.layers.Dropout(0.5)(h)
    h = k.layers.Flatten()(h)
    a = k.layers.Dense(3, name="a", activation="softmax")(h)
    b = k.layers.Dense(3, name="b", kernel_initializer="he_normal", bias_constraint="non_neg")(h)
    total = k.layers.Add()([a, b])
    joined = k.layers.Reshape((3, 2))(k.layers.Concatenate()([a, b]))
    inner = k.Sequential([k.Input((3,)), k.layers.Dense(2, activation="tanh")])
    outputs = {
        "total": total,
        "mixed": k.layers.Activation("gelu")(a + b * 2),
        "inner": inner(total),
        "dot": k.layers.Dot(1)([a, b]),
        "peak": k.layers.GlobalMaxPooling1D()(joined),
    }
    model = k.Model(x, outputs)
    model.compile(k.optimizers.Adam(0.01), "mse")
    return model


def sequence(k):
    """A classifier without randomness."""
    model = k.Sequential(
        [
            k.Input((8, 8, 1)),
            k.layers.Conv2D(4, 3, padding="same", activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.BatchNormalization(),
            k.layers.Flatten(),
            k.layers.Dense(3),
        ]
    )
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(k.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def trained(k, make):
    """A model after two epochs, so that its optimizer has a state."""
    model = make(k)
    outputs = model.predict(IMAGES, verbose=0)
    targets = {n: np.zeros_like(v) for n, v in outputs.items()} if isinstance(outputs, dict) else LABELS
    model.fit(IMAGES, targets, epochs=2, verbose=0)
    return model


def assert_equal_models(first, second) -> None:
    """Weights equal bit for bit, outputs to rounding."""
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    one, other = (m.predict(IMAGES, verbose=0) for m in (first, second))
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    states = [[np.asarray(v.value) for v in m.optimizer.variables] for m in (first, second)]
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", [graph, sequence])
def test_file_of_keras_loads(tmp_path, make) -> None:
    """A `.keras` file that Keras wrote."""
    theirs = trained(keras, make)
    theirs.save(tmp_path / "model.keras")
    assert_equal_models(multikeras.saving.load_model(tmp_path / "model.keras"), theirs)


@pytest.mark.parametrize("make", [graph, sequence])
def test_file_of_multikeras_loads_in_keras(tmp_path, make) -> None:
    """A `.keras` file that multikeras wrote, and its weights alone."""
    ours = trained(multikeras, make)
    ours.save(tmp_path / "model.keras")
    theirs = keras.saving.load_model(tmp_path / "model.keras")
    assert_equal_models(ours, theirs)
    ours.save_weights(tmp_path / "model.weights.h5")
    fresh = make(keras)
    fresh.load_weights(tmp_path / "model.weights.h5")
    for a, b in zip(ours.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_in_several_files_go_both_ways(tmp_path) -> None:
    """An index and files of a limited size, variables of one layer in different files."""
    ours, theirs = trained(multikeras, sequence), trained(keras, sequence)
    size = 1.2 * max(w.nbytes for w in ours.get_weights()) / 2**30
    for writer, reader, name in ((ours, sequence(keras), "ours"), (theirs, sequence(multikeras), "theirs")):
        writer.save_weights(tmp_path / f"{name}.weights.json", max_shard_size=size)
        assert len(list(tmp_path.glob(f"{name}_*.weights.h5"))) > 1
        reader.load_weights(tmp_path / f"{name}.weights.json")
        for a, b in zip(writer.get_weights(), reader.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_weights_of_subclassed_models_go_both_ways(tmp_path) -> None:
    """Layers in attributes, in nested lists and in dicts."""

    def nested(k):
        class Nested(k.Model):
            def __init__(self):
                super().__init__()
                self.blocks = [k.layers.Dense(4), [k.layers.Dense(4)]]
                self.out = k.layers.Dense(1)
                self.named = {"x": k.layers.Dense(4)}

            def call(self, x):
                return self.out(self.named["x"](self.blocks[1][0](self.blocks[0](x))))

        model = Nested()
        model(IMAGES[:, 0, :, 0])
        return model

    ours, theirs = nested(multikeras), nested(keras)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    x = IMAGES[:, 0, :, 0]
    np.testing.assert_allclose(np.asarray(ours(x)), np.asarray(theirs(x)), rtol=1e-5, atol=1e-6)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    again = nested(multikeras)
    again.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_array_equal(np.asarray(again(x)), np.asarray(ours(x)))


def test_training_is_that_of_keras() -> None:
    """The same weights, batches and optimizer give the same losses, metrics and weights."""
    ours, theirs = sequence(multikeras), sequence(keras)
    ours.set_weights(theirs.get_weights())
    for k, model in ((multikeras, ours), (keras, theirs)):
        # Adam makes steps of rounding errors where a normalization makes a gradient almost zero.
        loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(k.optimizers.SGD(0.05, momentum=0.9), loss, metrics=["accuracy"])
    logs = [m.fit(IMAGES, LABELS, batch_size=5, epochs=3, shuffle=False, verbose=0).history for m in (ours, theirs)]
    assert set(logs[0]) == set(logs[1])
    for name in logs[0]:
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=2e-4, atol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SGD", {"learning_rate": 0.1}),
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
        ("Adam", {"learning_rate": 0.1}),
        ("Adam", {"learning_rate": 0.1, "amsgrad": True, "clipnorm": 0.5}),
        ("Adam", {"learning_rate": 0.1, "global_clipnorm": 0.5, "use_ema": True, "ema_overwrite_frequency": 3}),
        ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.05}),
        ("RMSprop", {"learning_rate": 0.1}),
        ("RMSprop", {"learning_rate": 0.1, "momentum": 0.5, "centered": True, "clipvalue": 0.3}),
        ("Adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}),
    ],
    ids=lambda x: x if isinstance(x, str) else "-".join(x),
)
def test_optimizer_goes_the_way_of_keras(name, arguments) -> None:
    """Ten steps on fixed gradients. Keras's corrections of means that start at zero are right to four digits."""
    rng = np.random.default_rng(2)
    start = [rng.standard_normal((3, 2)).astype(np.float32), rng.standard_normal(4).astype(np.float32)]
    ends = []
    for k in (multikeras, keras):
        variables = [k.Variable(x) for x in start]
        optimizer = getattr(k.optimizers, name)(**arguments)
        steps = np.random.default_rng(4)
        for _ in range(10):
            gradients = [k.ops.convert_to_tensor(steps.standard_normal(x.shape).astype(np.float32)) for x in start]
            optimizer.apply(gradients, variables)
        ends.append([np.asarray(v.value) for v in variables])
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
