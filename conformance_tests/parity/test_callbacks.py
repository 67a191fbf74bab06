"""Callbacks: the same rates, tables and averages as in Keras, for the same training."""

from __future__ import annotations

import csv

import keras
import numpy as np
import pytest

import multikeras

RNG = np.random.default_rng(8)
X = RNG.normal(size=(24, 3)).astype("float32")
Y = RNG.normal(size=(24, 1)).astype("float32")
BOTH = (multikeras, keras)


def pair(optimizer):
    """Equal models of both libraries."""
    models = []
    for library in BOTH:
        model = library.Sequential(
            [library.Input((3,)), library.layers.Dense(4, activation="tanh"), library.layers.Dense(1)]
        )
        model.compile(optimizer(library), "mse", metrics=["mae"])
        models.append(model)
    models[0].set_weights(models[1].get_weights())
    return models


def fitted(models, make, epochs=6):
    """The histories of both, with the callbacks that `make` returns for each library."""
    histories = []
    for library, model in zip(BOTH, models, strict=True):
        options = {"batch_size": 8, "epochs": epochs, "shuffle": False, "verbose": 0, "validation_data": (X, Y)}
        histories.append(model.fit(X, Y, callbacks=make(library.callbacks), **options).history)
    return histories


def assert_alike(mine, theirs):
    assert set(mine) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-4, atol=1e-6, err_msg=name)


CASES = [
    lambda c: [c.LearningRateScheduler(lambda epoch, rate: rate * 0.7)],
    lambda c: [c.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))],
    lambda c: [c.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=0.5)],
    lambda c: [c.ReduceLROnPlateau("loss", factor=0.5, patience=2, min_delta=0.3, cooldown=1, min_lr=0.01)],
    lambda c: [c.ReduceLROnPlateau("val_mae", 0.5, 1, mode="max"), c.EarlyStopping("loss", min_delta=0.05)],
]


@pytest.mark.parametrize("make", CASES)
def test_histories_are_those_of_keras(make) -> None:
    """Rates in the logs, losses that follow from them, and epochs."""
    models = pair(lambda library: library.optimizers.SGD(0.1))
    assert_alike(*fitted(models, make))
    for a, b in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_tables_are_those_of_keras(tmp_path) -> None:
    """The same header and rows, written anew and added to."""
    models = pair(lambda library: library.optimizers.SGD(0.1))
    for append in (False, True):
        fitted(models, lambda c, append=append: [c.CSVLogger(tmp_path / c.__name__, append=append)], epochs=2)
    tables = []
    for library in BOTH:
        with (tmp_path / library.callbacks.__name__).open(newline="") as file:
            tables.append(list(csv.reader(file)))
    mine, theirs = tables
    assert mine[0] == theirs[0]
    np.testing.assert_allclose(np.array(mine[1:], "float64"), np.array(theirs[1:], "float64"), rtol=1e-4)


@pytest.mark.parametrize("every_epoch", [False, True])
def test_averages_are_those_of_keras(every_epoch) -> None:
    """In the validation of each epoch, and in the model after training."""
    models = pair(lambda library: library.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.7))
    assert_alike(*fitted(models, lambda c: [c.SwapEMAWeights(swap_on_epoch=every_epoch)], epochs=3))
    for a, b in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
