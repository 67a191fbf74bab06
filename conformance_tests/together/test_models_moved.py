"""`to_backend`: an equal model on another backend, with all that training needs to go on."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers

RNG = np.random.default_rng(5)
X = RNG.normal(size=(24, 6, 6, 1)).astype("float32")
Y = RNG.integers(0, 3, size=24)


def functional():
    """A graph with a shared layer, a merge, and state of every kind."""
    images = keras.Input((6, 6, 1))
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    x = layers.BatchNormalization()(shared(images))
    x = layers.add([x, shared(images)])
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(3)(x))


def sequential():
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(3),
        ]
    )


class Subclassed(keras.Model):
    """A user's class, with a configuration of its own and layers that are built when it is called."""

    def __init__(self, width=5, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.flat = layers.Flatten()
        self.blocks = [layers.Dense(width, activation="relu"), layers.BatchNormalization()]
        self.dropout = layers.Dropout(0.3)
        self.head = layers.Dense(3)

    def call(self, x, training=False):
        x = self.flat(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.dropout(x, training=training))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


KINDS = {"functional": functional, "sequential": sequential, "subclassed": Subclassed}


def trained(kind: str):
    """A model that was trained for an epoch on the current backend."""
    keras.utils.set_random_seed(3)
    model = KINDS[kind]()
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, use_ema=True, clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(X, Y, batch_size=8, epochs=1, verbose=0, shuffle=False)
    return model


def values(variables) -> list[np.ndarray]:
    return [v.numpy().copy() for v in variables]


def state(model) -> list[np.ndarray]:
    """All that training goes on from."""
    return values([*model.variables, *model.metrics_variables, *model.optimizer.variables])


def assert_same(received, expected) -> None:
    assert len(received) == len(expected)
    for a, b in zip(received, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def goes_on(model) -> dict[str, list[float]]:
    return model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False).history


@pytest.fixture(scope="module")
def originals():
    """For each backend and kind a trained model, which stays as it is, and how one like it went on."""
    made: dict = {}

    def original(kind: str, backend: str):
        if (kind, backend) not in made:
            with keras.use_backend(backend):
                stays, stayed = trained(kind), trained(kind)
            assert_same(state(stays), state(stayed))
            made[kind, backend] = stays, goes_on(stayed)
        return made[kind, backend]

    return original


@pytest.mark.parametrize("kind", KINDS)
def test_moved_model_is_equal_and_goes_on_alike(kind, source, target, originals) -> None:
    """Every weight and state bit for bit, equal outputs, equal losses from there on; the original is untouched."""
    model, stayed = originals(kind, source)
    before = state(model)
    moved = model.to_backend(target)
    assert keras.config.backend() == "numpy"
    assert moved is not model
    assert {v.backend for v in [*moved.variables, *moved.metrics_variables, *moved.optimizer.variables]} == {target}
    assert_same(state(moved), before)
    np.testing.assert_allclose(
        moved.predict(X, verbose=0), model.predict(X, verbose=0), rtol=2e-5, atol=1e-6, err_msg="predictions"
    )
    assert_same(state(model), before)
    went_on = goes_on(moved)
    assert_same(state(model), before)
    np.testing.assert_allclose(went_on["loss"], stayed["loss"], rtol=1e-4)
    np.testing.assert_allclose(went_on["accuracy"], stayed["accuracy"], atol=1.5 / len(X))


def test_moved_around_and_back_is_the_same(source, backends, originals) -> None:
    """Through every backend, with nothing lost on the way."""
    model, _ = originals("sequential", source)
    moved = model
    for name in (*backends, source):
        moved = moved.to_backend(name)
    assert_same(state(moved), state(model))


def test_uncompiled_model_is_moved_uncompiled(target) -> None:
    moved = sequential().to_backend(target)
    assert not moved.compiled
    assert moved.optimizer is None


def test_unbuilt_model_is_moved_unbuilt(target) -> None:
    moved = Subclassed(width=4).to_backend(target)
    assert moved.width == 4
    assert not moved.weights
    with keras.use_backend(target):
        assert tuple(moved(X).shape) == (24, 3)
    assert {v.backend for v in moved.variables} == {target}


def test_frozen_layers_and_policies_are_kept(target) -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, dtype="float16", name="frozen"), layers.Dense(1)])
    model.get_layer("frozen").trainable = False
    moved = model.to_backend(target)
    assert [v.trainable for v in moved.weights] == [False, False, True, True]
    assert [v.dtype for v in moved.weights] == ["float16", "float16", "float32", "float32"]
    assert_same(values(moved.weights), values(model.weights))


def test_learning_rate_of_now_is_kept(target) -> None:
    model = trained("sequential")
    model.optimizer.learning_rate = 0.125
    moved = model.to_backend(target)
    assert float(moved.optimizer.learning_rate) == 0.125
    assert int(moved.optimizer.iterations) == int(model.optimizer.iterations) == 3


class OwnCompile(keras.Model):
    """Takes other arguments than `compile` does."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)

    def compile(self, rate):
        super().compile(optimizer=keras.optimizers.SGD(rate), loss="mse")


def test_own_compile_is_left_to_its_owner(target) -> None:
    """Its arguments are not known: a warning, and a model that is moved but not compiled."""
    model = OwnCompile()
    model.compile(0.1)
    model.fit(X.reshape(24, 36), Y, verbose=0)
    with pytest.warns(UserWarning, match="`compile` of its own"):
        moved = model.to_backend(target)
    assert not moved.compiled
    assert_same(values(moved.weights), values(model.weights))


def test_unknown_backend_is_refused() -> None:
    model = sequential()
    before = values(model.variables)
    with pytest.raises(keras.errors.BackendNotInstalledError, match="No installed package"):
        model.to_backend("numpi")
    assert_same(values(model.variables), before)


class Forgetful(keras.Model):
    """A configuration that leaves out what `__init__` was given."""

    def __init__(self, depth=1, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(2) for _ in range(depth)]

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def get_config(self):
        return {"name": self.name}


def test_configuration_that_makes_another_model_is_refused(target) -> None:
    """Nothing is silently left behind."""
    model = Forgetful(depth=2)
    model(X.reshape(24, 36))
    with pytest.raises(keras.errors.StateError, match="has as many variables"):
        model.to_backend(target)
