"""Masks: which layers hand them on, end them, leave padding out; and the loss of a model."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.state.masks import get_mask, set_mask
from multikeras.testing import assert_close


def masked(shape=(2, 3, 4)):
    """A tensor whose second step is padding in the first sample."""
    x = ops.convert_to_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))
    mask = np.ones(shape[:2], bool)
    mask[0, 1] = False
    set_mask(x, ops.convert_to_tensor(mask))
    return x, mask


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Activation("relu"),
        lambda: layers.BatchNormalization(),
        lambda: layers.Dense(2),
        lambda: layers.Dropout(0.5),
        lambda: layers.Identity(),
        lambda: layers.Rescaling(2.0),
    ],
    ids=["Activation", "BatchNormalization", "Dense", "Dropout", "Identity", "Rescaling"],
)
@pytest.mark.parametrize("training", [False, True])
def test_mask_is_handed_on(make, training: bool) -> None:
    """Layers that keep the steps hand the mask on, in both modes, also at later calls."""
    layer = make()
    layer(ops.ones((2, 3, 4)))
    for _ in range(2):
        x, mask = masked()
        found = get_mask(layer(x, training=training))
        assert found is not None
        np.testing.assert_array_equal(ops.convert_to_numpy(found), mask)


@pytest.mark.parametrize("make", [lambda: layers.Conv1D(2, 2), lambda: layers.Flatten(), lambda: layers.Reshape((12,))])
def test_mask_that_ends_is_warned_of(make) -> None:
    """A layer that changes the steps stops the mask, and says so."""
    x, _ = masked()
    layer = make()
    with pytest.warns(UserWarning, match="does not hand on masks"):
        y = layer(x)
    assert get_mask(y) is None


def test_mean_over_steps_leaves_padding_out() -> None:
    """GlobalAveragePooling1D divides by the number of steps that are data; its output has no mask, and nothing is
    warned of."""
    x, mask = masked()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = layers.GlobalAveragePooling1D()(x)
    assert get_mask(y) is None
    array = ops.convert_to_numpy(x).astype(np.float64)
    expected = np.stack([array[i][mask[i]].mean(axis=0) for i in range(2)])
    assert_close(ops.convert_to_numpy(y), expected, "float32")


def test_batch_normalization_leaves_masked_steps_out() -> None:
    """Statistics are those of the steps that are data."""
    x, mask = masked((4, 3, 2))
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True)
    kept = ops.convert_to_numpy(x).astype(np.float64)[mask]
    assert_close(layer.moving_mean.numpy(), kept.mean(axis=0), "float32", 16)
    assert_close(layer.moving_variance.numpy(), kept.var(axis=0), "float32", 16)


def test_masks_of_merged_inputs() -> None:
    """A step of a sum is data where it is data in any input; without a mask on each there is none."""
    x, first = masked()
    y, _ = masked()
    second = np.ones((2, 3), bool)
    second[1, 2] = False
    set_mask(y, ops.convert_to_tensor(second))
    found = get_mask(layers.Add()([x, y]))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), first | second)
    assert get_mask(layers.Add()([x, ops.ones((2, 3, 4))])) is None
    joined = get_mask(layers.Concatenate(axis=1)([x, y]))
    np.testing.assert_array_equal(ops.convert_to_numpy(joined), np.concatenate([first, second], axis=1))


def test_mask_reaches_the_loss_of_a_model() -> None:
    """Masked steps count neither in the loss nor in its gradient."""

    class Marked(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            y = ops.multiply(x, 1.0)
            set_mask(y, ops.any(ops.not_equal(x, 0.0), axis=-1))
            return self.dense(y)

    model = Marked()
    model.compile(optimizer="sgd", loss="mse")
    x = np.ones((2, 3, 4), "float32")
    x[0, 1:] = 0.0
    y = np.zeros((2, 3, 1), "float32")
    # Four steps are data, each with a squared error of 16; the other two would pull the mean down.
    assert model.evaluate(x, y, verbose=0) == pytest.approx(16.0)
