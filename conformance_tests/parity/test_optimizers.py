"""Optimizers: the same variables in the same order, and the same values after many steps, as in Keras; files go both
ways."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import multikeras

RNG = np.random.default_rng(5)
STARTS = {
    "kernel": RNG.normal(size=(3, 4)).astype("float32"),
    "bias": RNG.normal(size=4).astype("float32"),
    "embedding_table": RNG.normal(size=(5, 2)).astype("float32"),
    "window": RNG.normal(size=(2, 3, 2)).astype("float32"),
}
STEPS = 12
GRADIENTS = [[RNG.normal(size=s.shape).astype("float32") for s in STARTS.values()] for _ in range(STEPS)]

OWN = [
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.5, "epsilon": 0.01}),
    ("Adafactor", {}),
    (
        "Adafactor",
        {"beta_2_decay": -0.5, "epsilon_1": 1e-3, "epsilon_2": 0.5, "clip_threshold": 0.5, "relative_step": False},
    ),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 1.5, "epsilon": 0.1}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01, "amsgrad": True}),
    ("AdamW", {"weight_decay": 0.2}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("Ftrl", {}),
    ("Ftrl", {"l1_regularization_strength": 0.3, "l2_regularization_strength": 0.2, "beta": 0.5}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.4, "learning_rate_power": -0.7}),
    ("Ftrl", {"initial_accumulator_value": 0.5, "learning_rate_power": 0.0}),
    ("Lamb", {}),
    ("Lamb", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.5, "beta_2": 0.7}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None, "ns_steps": 3, "weight_decay": None, "momentum": 0.5}),
    ("Muon", {"exclude_embeddings": False, "exclude_layers": ["kern"], "adam_lr_ratio": 0.5, "adam_beta_1": 0.6}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.5, "momentum": 0.8, "centered": True, "epsilon": 0.01}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01, "warmup_steps": 5}),
]
COMMON = [
    {"weight_decay": 0.1, "clipnorm": 0.8},
    {"clipvalue": 0.3, "use_ema": True, "ema_momentum": 0.7},
    {"global_clipnorm": 1.5, "use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 4},
    {"loss_scale_factor": 4.0, "gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.5},
    {"gradient_accumulation_steps": 2, "weight_decay": 0.1},
]
FIRST = list(dict(reversed(OWN)).items())
# Those with variables of their own kind, and one without.
SPECIAL = ("Adam", "Adafactor", "Muon", "Nadam", "ScheduleFreeAdamW")
ROWS = [(n, a, {}) for n, a in OWN] + [(n, a, c) for n, a in FIRST if n in SPECIAL for c in COMMON]


def label(value):
    return "-".join(value) or "plain" if isinstance(value, dict) else None


def made(library, name, arguments, rate=0.05):
    optimizer = getattr(library.optimizers, name)(rate, **arguments)
    return optimizer, [library.Variable(w, name=n) for n, w in STARTS.items()]


@pytest.mark.parametrize(("name", "own", "common"), ROWS, ids=label)
def test_steps_are_those_of_keras(name, own, common) -> None:
    """Variables by name, shape and order; weights and variables after each of twelve steps, and when all is done."""
    ours, mine = made(multikeras, name, {**own, **common})
    theirs, other = made(keras, name, {**own, **common})
    for grads in GRADIENTS:
        ours.apply([multikeras.ops.convert_to_tensor(g) for g in grads], mine)
        theirs.apply([keras.ops.convert_to_tensor(g) for g in grads], other)
        for a, b in zip(mine, other, strict=True):
            np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=2e-4, atol=2e-5, err_msg=a.path)
    assert [(v.path.split("/")[-1], v.shape) for v in ours.variables if v.name != "variable"] == [
        (v.path.split("/")[-1], tuple(v.shape)) for v in theirs.variables if v.name != "variable"
    ]
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        assert (a.shape, a.dtype) == (tuple(b.shape), b.dtype)
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=2e-4, atol=2e-5, err_msg=a.path)
    ours.finalize_variable_values(mine)
    theirs.finalize_variable_values(other)
    for a, b in zip(mine, other, strict=True):
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=2e-4, atol=2e-5, err_msg=a.path)


@pytest.mark.parametrize(("name", "own"), OWN, ids=label)
def test_configurations_are_those_of_keras(name, own) -> None:
    """The same keys and values; each library makes an optimizer of the other's."""
    ours, _ = made(multikeras, name, own)
    theirs, _ = made(keras, name, own)
    mine, other = ours.get_config(), theirs.get_config()
    assert {**mine, "name": ""} == {**other, "name": ""}
    written = json.loads(json.dumps(keras.optimizers.serialize(theirs)))
    assert multikeras.optimizers.deserialize(written).get_config() == other
    written = json.loads(json.dumps(multikeras.optimizers.serialize(ours)))
    written["module"] = "keras.optimizers"
    if name == "Lamb":  # which Keras does not find by its name
        return
    assert keras.optimizers.deserialize(written).get_config() == mine


def model(library, optimizer):
    inner = library.Sequential(
        [
            library.Input((3,)),
            library.layers.Dense(4, activation="tanh", name="first"),
            library.layers.Dense(1, name="second"),
        ]
    )
    inner.compile(optimizer=optimizer, loss="mse")
    return inner


X, Y = RNG.normal(size=(8, 3)).astype("float32"), RNG.normal(size=(8, 1)).astype("float32")


def trained(model_, steps):
    for _ in range(steps):
        model_.train_on_batch(X, Y)


@pytest.mark.parametrize(("name", "own"), FIRST, ids=label)
@pytest.mark.parametrize("back", [False, True], ids=["from Keras", "to Keras"])
def test_training_goes_on_from_the_other_librarys_file(name, own, back, tmp_path) -> None:
    """Four steps, a file, four steps of both: equal weights and equal variables of the optimizers."""
    writer, reader = (multikeras, keras) if back else (keras, multikeras)
    first = model(writer, getattr(writer.optimizers, name)(0.05, **own))
    trained(first, 4)
    path = tmp_path / "model.keras"
    first.save(path)
    second = reader.saving.load_model(path)
    trained(first, 4)
    trained(second, 4)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
    for a, b in zip(first.optimizer.variables, second.optimizer.variables, strict=True):
        np.testing.assert_allclose(np.asarray(a.numpy()), np.asarray(b.numpy()), rtol=2e-4, atol=2e-5, err_msg=a.path)


def scaled(library):
    return library.optimizers.LossScaleOptimizer(library.optimizers.Adam(0.05), 64.0, 3)


def several(library):
    apart = library.optimizers.OptimizerMap(library.optimizers.SGD(0.05, momentum=0.5))
    apart[".*second/.*"] = library.optimizers.Nadam(0.05)
    return library.optimizers.MultiOptimizer(apart)


@pytest.mark.parametrize("make", [scaled, several])
@pytest.mark.parametrize("back", [False, True], ids=["from Keras", "to Keras"])
def test_optimizers_inside_others_go_on_from_the_other_librarys_file(make, back, tmp_path) -> None:
    """Scale, counts and the state of every optimizer; the same variables in the same order."""
    writer, reader = (multikeras, keras) if back else (keras, multikeras)
    first = model(writer, make(writer))
    trained(first, 4)
    path = tmp_path / "model.keras"
    first.save(path)
    second = reader.saving.load_model(path)
    for each in (first, second):
        trained(each, 4)
    assert len(first.optimizer.variables) == len(second.optimizer.variables)
    for a, b in zip(
        [*first.weights, *first.optimizer.variables], [*second.weights, *second.optimizer.variables], strict=True
    ):
        np.testing.assert_allclose(np.asarray(a.numpy()), np.asarray(b.numpy()), rtol=2e-4, atol=2e-5, err_msg=a.path)


def test_scaled_steps_are_those_of_keras() -> None:
    """With batches among them whose gradients are not finite."""
    models = [model(library, scaled(library)) for library in (multikeras, keras)]
    models[0].set_weights(models[1].get_weights())
    for number in range(12):
        x = X.copy()
        if number in (2, 7):
            x[0, 0] = np.inf
        for each in models:
            each.train_on_batch(x, Y)
        for a, b in zip(*([*m.weights, *m.optimizer.variables] for m in models), strict=True):
            np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=2e-4, atol=2e-5, err_msg=a.path)
