"""Metrics against NumPy in float64: over several batches, weighted, masked, reset, stateless, from configurations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from multikeras import metrics, ops
from multikeras.errors import ArgumentError
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.state.masks import set_mask
from multikeras.testing import assert_close
from multikeras_conformance.test_losses import absolute, binary, categorical, sparse, squared

RNG = np.random.default_rng(1)
CLASSES = 6
SIZES = (5, 3, 1)  # of batches: uneven


def _softmax(shape):
    return RNG.dirichlet(np.ones(shape[-1]), size=shape[:-1])


def _batches(make):
    return [tuple(np.asarray(x) for x in make(n)) for n in SIZES]


def _one_hot(n):
    return np.eye(CLASSES, dtype="float32")[RNG.integers(0, CLASSES, n)]


def _ranked(t, p, k):
    return np.array([float(c in np.argsort(-row, kind="stable")[:k]) for c, row in zip(t, p, strict=True)])


NUMBERS = _batches(lambda n: (RNG.normal(size=(n, 3)).astype("f"), RNG.normal(size=(n, 3)).astype("f")))
BITS = _batches(lambda n: (RNG.integers(0, 2, (n, 3)).astype("f"), RNG.uniform(0.05, 0.95, (n, 3)).astype("f")))
ONE_HOT = _batches(lambda n: (_one_hot(n), _softmax((n, CLASSES)).astype("f")))
CLASS_NUMBERS = _batches(lambda n: (RNG.integers(0, CLASSES, n).astype("int32"), _softmax((n, CLASSES)).astype("f")))
EQUALS = _batches(lambda n: (RNG.integers(0, 2, (n, 1)).astype("int32"), RNG.integers(0, 2, (n, 1)).astype("int32")))

# Name, arguments, batches, values: one for each sample, or more, whose weights are those of the sample.
TABLE = [
    ("MeanSquaredError", {}, NUMBERS, squared),
    ("MeanAbsoluteError", {}, NUMBERS, absolute),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, BITS, lambda t, p: binary(t, p, label_smoothing=0.1)),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, lambda t, p: binary(t, p, from_logits=True)),
    ("CategoricalCrossentropy", {}, ONE_HOT, categorical),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, lambda t, p: categorical(t, p, from_logits=True)),
    ("SparseCategoricalCrossentropy", {}, CLASS_NUMBERS, sparse),
    ("Accuracy", {}, EQUALS, lambda t, p: (t == p).astype(float).mean(axis=-1)),
    ("BinaryAccuracy", {}, BITS, lambda t, p: (t == (p > 0.5)).astype(float).mean(axis=-1)),
    ("BinaryAccuracy", {"threshold": 0.3}, BITS, lambda t, p: (t == (p > 0.3)).astype(float).mean(axis=-1)),
    ("CategoricalAccuracy", {}, ONE_HOT, lambda t, p: (t.argmax(-1) == p.argmax(-1)).astype(float)),
    ("SparseCategoricalAccuracy", {}, CLASS_NUMBERS, lambda t, p: (t == p.argmax(-1)).astype(float)),
    ("TopKCategoricalAccuracy", {"k": 3}, ONE_HOT, lambda t, p: _ranked(t.argmax(-1), p, 3)),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, CLASS_NUMBERS, lambda t, p: _ranked(t, p, 2)),
]
IDS = [f"{name}-{'-'.join(arguments)}" if arguments else name for name, arguments, *_ in TABLE]
every_metric = pytest.mark.parametrize(("name", "arguments", "batches", "formula"), TABLE, ids=IDS)
WEIGHTS = [RNG.uniform(0, 2, n).astype("f") for n in SIZES]


def wide(x):
    return x.astype(np.float64)


def number(x) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(x))


@every_metric
@pytest.mark.parametrize("weighted", [False, True])
def test_metric_is_the_mean_over_all_batches(name, arguments, batches, formula, weighted) -> None:
    """Uneven batches: each sample counts once, by its weight."""
    metric = getattr(metrics, name)(**arguments)
    values, weights = [], []
    for (t, p), w in zip(batches, WEIGHTS, strict=True):
        metric.update_state(t, p, sample_weight=w if weighted else None)
        values.append(formula(wide(t), wide(p)))
        weights.append(wide(w) if weighted else np.ones(len(t)))
        expected = np.sum(np.concatenate(values) * np.concatenate(weights)) / np.sum(np.concatenate(weights))
        assert_close(number(metric.result()), expected, "float32", 64)
    assert number(metric.result()).dtype == np.float32
    metric.reset_state()
    assert number(metric.result()) == 0
    assert_close(number(metric(*batches[0])), np.mean(values[0]), "float32", 64)


@every_metric
def test_metric_is_made_from_its_config(name, arguments, batches, formula) -> None:
    """By itself and through JSON; every argument is in it."""
    metric = getattr(metrics, name)(name="mine", **arguments)
    config = metric.get_config()
    assert {"name": "mine", **arguments}.items() <= config.items()
    expected = number(metric(*batches[0]))
    for twin in (type(metric).from_config(config), deserialize_keras_object(_json(serialize_keras_object(metric)))):
        assert type(twin) is type(metric)
        assert twin.get_config() == config
        np.testing.assert_array_equal(number(twin(*batches[0])), expected)


def _json(x):
    return json.loads(json.dumps(x))


@every_metric
def test_stateless_metric_gives_the_same(name, arguments, batches, formula) -> None:
    """`stateless_update_state` and `stateless_result` change nothing and give what the stateful ones do."""
    metric, other = (getattr(metrics, name)(**arguments) for _ in range(2))
    values = other.stateless_reset_state()
    for t, p in batches:
        metric.update_state(t, p)
        values = other.stateless_update_state(values, t, p)
    np.testing.assert_array_equal(number(other.stateless_result(values)), number(metric.result()))
    assert all(np.all(v.numpy() == 0) for v in other.variables)


def test_ignored_class_does_not_count_in_the_metric() -> None:
    """Its samples are left out of the mean."""
    t, p = CLASS_NUMBERS[0]
    t = t.copy()
    t[1] = -1
    kept = t >= 0
    metric = metrics.SparseCategoricalCrossentropy(ignore_class=-1)
    assert metric.get_config()["ignore_class"] == -1
    assert_close(number(metric(t, p)), sparse(t[kept], wide(p[kept])).mean(), "float32", 64)


def test_mean_and_sum_gather_weighted_values() -> None:
    """`sum(w v) / sum(w)` and `sum(w v)`; numbers, lists and tensors."""
    mean, total = metrics.Mean(), metrics.Sum()
    for metric in (mean, total):
        metric.update_state(4.0)
        metric.update_state([1.0, 3.0], sample_weight=[2.0, 0.0])
        metric.update_state(ops.convert_to_tensor(np.ones((2, 2), "f")), sample_weight=0.5)
    # One weight for a whole tensor is that of its mean.
    assert float(number(mean.result())) == pytest.approx((4 + 2 + 0.5) / (1 + 2 + 0.5))
    assert float(number(total.result())) == pytest.approx(6.5)


def test_masked_predictions_do_not_count_in_the_metric() -> None:
    """A mask is a weight of zeros and ones."""
    t, p = (RNG.normal(size=(2, 3, 4)).astype("f") for _ in range(2))
    mask = np.array([[True, True, False], [True, False, False]])
    tensor = ops.convert_to_tensor(p)
    set_mask(tensor, ops.convert_to_tensor(mask))
    received = number(metrics.MeanSquaredError()(t, tensor))
    assert_close(received, squared(wide(t), wide(p))[mask].mean(), "float32", 32)


def test_accuracy_of_steps_has_the_batch_before_the_classes() -> None:
    """Class numbers of shape (batch, steps), also with a last axis of size 1, weights of shape (batch, steps)."""
    t, p = RNG.integers(0, 4, (3, 5)).astype("int32"), _softmax((3, 5, 4)).astype("f")
    w = RNG.uniform(size=(3, 5)).astype("f")
    hits = (p.argmax(-1) == t).astype(float)
    expected = np.sum(hits * wide(w)) / np.sum(wide(w))
    for target in (t, t[..., None]):
        received = metrics.SparseCategoricalAccuracy()(target, p, sample_weight=w)
        assert_close(number(received), expected, "float32", 32)


def test_metric_wraps_a_function() -> None:
    """MeanMetricWrapper takes any function of targets and predictions."""
    metric = metrics.MeanMetricWrapper(lambda t, p, power: ops.power(ops.absolute(t - p), power), name="gap", power=3)
    (t, p), _, _ = NUMBERS
    assert_close(number(metric(t, p)), (np.abs(wide(t) - wide(p)) ** 3).mean(), "float32", 64)
    assert metric.name == "gap"


@pytest.mark.parametrize("name", ["accuracy", "acc", "mse", "sparse_categorical_accuracy", "binary_crossentropy"])
def test_metric_is_found_by_name_in_compile(name: str) -> None:
    """What `compile` takes."""
    import multikeras as keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="sgd", loss="mse", metrics=[name])
    assert set(model.evaluate(*_targets(), verbose=0, return_dict=True)) == {"loss", name}


def _targets():
    return np.ones((4, 3), "f"), np.ones((4, 1), "f")


def test_unknown_metric_is_an_error() -> None:
    """With the names that there are."""
    with pytest.raises(ArgumentError, match="no such metric"):
        metrics.get("no_such_metric")
