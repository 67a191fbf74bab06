"""Losses against formulas in float64: values, reductions, weights, masks, logits, smoothing, ignored classes,
gradients."""

from __future__ import annotations

import json

import numpy as np
import pytest

import multikeras as keras
from multikeras import losses, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, ShapeError
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.state.masks import set_mask
from multikeras.testing import assert_close

EPSILON = 1e-7
RNG = np.random.default_rng(0)
ROWS, CLASSES = 5, 4
NUMBERS = (RNG.normal(size=(ROWS, 3)), RNG.normal(size=(ROWS, 3)))
LOGITS = RNG.normal(size=(ROWS, CLASSES)) * 3
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
CLASS_NUMBERS = np.array([0, 3, 1, 1, 2])
ONE_HOT = np.eye(CLASSES)[CLASS_NUMBERS]
BITS = RNG.integers(0, 2, size=(ROWS, 3)).astype(float)
CHANCES = RNG.uniform(0.02, 0.98, size=(ROWS, 3))
CHANCE_LOGITS = np.log(CHANCES / (1 - CHANCES))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def squared(t, p):
    return ((t - p) ** 2).mean(axis=-1)


def absolute(t, p):
    return np.abs(t - p).mean(axis=-1)


def binary(t, p, from_logits=False, label_smoothing=0.0):
    p = sigmoid(p) if from_logits else np.clip(p, EPSILON, 1 - EPSILON)
    t = t * (1 - label_smoothing) + label_smoothing / 2
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(axis=-1)


def categorical(t, p, from_logits=False, label_smoothing=0.0):
    p = softmax(p) if from_logits else np.clip(p / p.sum(axis=-1, keepdims=True), EPSILON, 1 - EPSILON)
    t = t * (1 - label_smoothing) + label_smoothing / t.shape[-1]
    return -(t * np.log(p)).sum(axis=-1)


def sparse(t, p, from_logits=False):
    return categorical(np.eye(p.shape[-1])[t.astype(int)], p, from_logits)


# Name, arguments, targets, predictions, values of samples.
TABLE = [
    ("MeanSquaredError", {}, *NUMBERS, squared),
    ("MeanAbsoluteError", {}, *NUMBERS, absolute),
    ("BinaryCrossentropy", {}, BITS, CHANCES, binary),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BITS, CHANCES, binary),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, CHANCE_LOGITS, binary),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, BITS, CHANCE_LOGITS, binary),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES, categorical),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES * 3, categorical),
    ("CategoricalCrossentropy", {"label_smoothing": 0.3}, ONE_HOT, PROBABILITIES, categorical),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS, categorical),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.3}, ONE_HOT, LOGITS, categorical),
    ("SparseCategoricalCrossentropy", {}, CLASS_NUMBERS, PROBABILITIES, sparse),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, CLASS_NUMBERS, LOGITS, sparse),
]
IDS = [f"{name}-{'-'.join(arguments)}" if arguments else name for name, arguments, *_ in TABLE]
every_loss = pytest.mark.parametrize(("name", "arguments", "y_true", "y_pred", "formula"), TABLE, ids=IDS)


def as_input(x):
    return x.astype("int32") if x.dtype.kind == "i" else x.astype("float32")


def value(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def formula_of(formula, y_true, y_pred, arguments):
    return formula(as_input(y_true).astype(np.float64), as_input(y_pred).astype(np.float64), **arguments)


@every_loss
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", "sum", "none", None, "mean_with_sample_weight"])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_formula(name, arguments, y_true, y_pred, formula, reduction, weighted) -> None:
    """Every reduction, with and without weights."""
    values = formula_of(formula, y_true, y_pred, arguments)
    weights = np.array([1.0, 0.5, 0.0, 2.0, 0.25]) if weighted else np.ones(ROWS)
    products = values * weights
    expected = {
        "sum": products.sum(),
        "none": products,
        None: products,
        "mean_with_sample_weight": products.sum() / weights.sum(),
    }.get(reduction, products.mean())
    loss = getattr(losses, name)(reduction=reduction, **arguments)
    weight = weights.astype("float32") if weighted else None
    received = value(loss(as_input(y_true), as_input(y_pred), weight))
    assert received.dtype == np.float32
    assert_close(received, np.asarray(expected), "float32", 64)


@every_loss
def test_loss_is_made_from_its_config(name, arguments, y_true, y_pred, formula) -> None:
    """By itself and through JSON; the arguments are in it."""
    loss = getattr(losses, name)(reduction="sum", name="mine", **arguments)
    config = loss.get_config()
    assert config["name"] == "mine"
    assert config["reduction"] == "sum"
    assert arguments.items() <= config.items()
    expected = value(loss(as_input(y_true), as_input(y_pred)))
    through_json = deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(loss))))
    for twin in (type(loss).from_config(config), through_json):
        assert type(twin) is type(loss)
        np.testing.assert_array_equal(value(twin(as_input(y_true), as_input(y_pred))), expected)


@every_loss
def test_loss_gradient_is_the_difference_quotient(name, arguments, y_true, y_pred, formula) -> None:
    """Along a direction, against the formula's quotient in float64."""
    if Capability.GRADIENTS not in current().can or ("from_logits" not in arguments and "Categorical" in name):
        # Probabilities that do not sum to 1 are normalized: the formula says how, tested below by logits.
        return
    loss = getattr(losses, name)(**arguments)
    p = as_input(y_pred)
    direction = np.random.default_rng(3).normal(size=p.shape)
    v = keras.Variable(p)
    _, (gradient,) = keras.value_and_grad(lambda: loss(as_input(y_true), v), [v])
    h = 1e-6
    ends = [formula(y_true.astype(float), p.astype(float) + s * h * direction, **arguments).mean() for s in (1, -1)]
    received = np.sum(value(gradient).astype(np.float64) * direction)
    assert received == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("scale", [1e3, 1e30])
def test_cross_entropy_of_great_logits_is_finite(scale: float) -> None:
    """Logits are never turned into probabilities."""
    logits = np.array([[scale, -scale]], "float32")
    received = [
        value(losses.SparseCategoricalCrossentropy(from_logits=True)([1], logits)),
        value(losses.CategoricalCrossentropy(from_logits=True)(np.array([[0, 1]], "float32"), logits)),
        value(losses.BinaryCrossentropy(from_logits=True)(np.array([[0, 0]], "float32"), logits)),
    ]
    assert_close(np.array(received), np.array([2 * scale, 2 * scale, scale / 2]), "float32", 8)


def test_ignored_class_does_not_count() -> None:
    """Its samples are left out of the mean, and bring no nan into value or gradient."""
    t = np.array([0, 255, 2, 1, 255])
    p = LOGITS.astype("float32").copy()
    p[1] = np.nan
    expected = sparse(t[[0, 2, 3]], p[[0, 2, 3]].astype(np.float64), from_logits=True).mean()
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    assert_close(value(loss(t, p)), expected, "float32", 32)
    v = keras.Variable(p)
    _, (gradient,) = keras.value_and_grad(lambda: loss(t, v), [v])
    assert np.all(value(gradient)[[1, 4]] == 0)
    assert np.all(np.isfinite(value(gradient)))


def test_class_axis_may_be_any() -> None:
    """Classes along axis 1."""
    p = np.moveaxis(RNG.dirichlet(np.ones(3), size=(2, 4)), -1, 1).astype("float32")
    t = RNG.integers(0, 3, size=(2, 4))
    expected = sparse(t, np.moveaxis(p, 1, -1).astype(np.float64)).mean()
    assert_close(value(losses.SparseCategoricalCrossentropy(axis=1)(t, p)), expected, "float32", 32)
    hot = np.moveaxis(np.eye(3)[t], -1, 1).astype("float32")
    assert_close(value(losses.CategoricalCrossentropy(axis=1)(hot, p)), expected, "float32", 32)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none"])
def test_masked_predictions_do_not_count(reduction: str) -> None:
    """The mean is over what is data; weights multiply."""
    t, p = (RNG.normal(size=(2, 3, 4)).astype("float32") for _ in range(2))
    mask = np.array([[True, True, False], [True, False, False]])
    weight = np.array([[1.0, 2.0, 5.0], [0.5, 1.0, 1.0]], "float32")
    values = squared(t.astype(float), p.astype(float)) * mask * weight
    expected = {"sum": values.sum(), "none": values}.get(reduction, values.sum() / mask.sum())
    tensor = ops.convert_to_tensor(p)
    set_mask(tensor, ops.convert_to_tensor(mask))
    received = losses.MeanSquaredError(reduction=reduction)(t, tensor, weight)
    assert_close(value(received), np.asarray(expected), "float32", 32)


def test_a_missing_last_axis_is_no_outer_product() -> None:
    """Targets (n,) against predictions (n, 1) are compared one by one, weights (n, 1) too."""
    t, p = np.arange(4.0, dtype="float32"), np.array([[1.0], [1.0], [1.0], [1.0]], "float32")
    expected = ((np.arange(4.0) - 1) ** 2).mean()
    assert_close(value(losses.MeanSquaredError()(t, p)), expected, "float32")
    assert_close(value(losses.MeanSquaredError()(t, p, np.ones((4, 1), "float32"))), expected, "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_loss_computes_in_its_dtype(dtype: str) -> None:
    """Targets and predictions are cast to it."""
    from multikeras_conformance.calls import dtypes_held

    if dtype not in dtypes_held():
        return
    received = losses.MeanSquaredError(dtype=dtype)(*(as_input(x) for x in NUMBERS))
    assert ops.dtype(received) == dtype
    assert_close(value(received), squared(*NUMBERS).mean(), dtype if dtype != "float64" else "float32", 32)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mse", losses.mean_squared_error),
        ("mae", losses.mean_absolute_error),
        ("binary_crossentropy", losses.binary_crossentropy),
        ("categorical_crossentropy", losses.categorical_crossentropy),
        ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy),
        ("MeanSquaredError", losses.MeanSquaredError),
    ],
)
def test_loss_is_found_by_name(name: str, kind) -> None:
    """As in `compile`."""
    found = losses.get(name)
    assert found is kind or type(found) is kind


def test_unknown_loss_is_an_error() -> None:
    """With the names that there are."""
    with pytest.raises(ArgumentError, match="no such loss"):
        losses.get("no_such_loss")
    with pytest.raises(ArgumentError, match="`reduction` is one of"):
        losses.MeanSquaredError(reduction="average")
    with pytest.raises(ShapeError):
        losses.CategoricalCrossentropy()(np.ones((2, 3), "float32"), np.ones((2, 4), "float32"))
