"""Layers on signals, images and volumes: their numbers, what they do with masks, and what they refuse."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.state.masks import get_mask, set_mask
from multikeras.testing import assert_close, oracles
from multikeras.testing.resize_oracle import resize
from multikeras_conformance.layer_cases import CASES, LayerCase, called

KINDS = ("Transpose", "DepthwiseConv", "SeparableConv", "Cropping", "ZeroPadding", "UpSampling", "Permute", "Repeat")
ACTIVATIONS = {None: lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case of these layers."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", [c for c in CASES if any(kind in c.name for kind in KINDS)], ids=str)


def convolved(case: LayerCase, layer, x: np.ndarray) -> np.ndarray:
    """What a case of a convolution makes of `x`, by loops."""
    given = case.arguments
    form = given.get("data_format", "channels_last")
    weights = {v.name: v.numpy().astype(np.float64) for v in layer.weights}
    options = (given.get("strides", 1), given.get("padding", "valid"))
    dilation = given.get("dilation_rate", 1)
    if case.name.startswith("Separable"):
        kernels = weights["depthwise_kernel"], weights["pointwise_kernel"]
        y = oracles.separable_conv(x, *kernels, *options, form, dilation)
    elif case.name.startswith("Depthwise"):
        y = oracles.depthwise_conv(x, weights["kernel"], *options, form, dilation)
    else:
        y = oracles.conv_transpose(x, weights["kernel"], *options, given.get("output_padding"), form, dilation)
    if "bias" in weights:
        y = y + (weights["bias"].reshape(-1, *(1,) * (y.ndim - 2)) if form == "channels_first" else weights["bias"])
    return ACTIVATIONS[given.get("activation")](y)


def rearranged(case: LayerCase, layer, x: np.ndarray) -> np.ndarray:
    """What a case of a layer that only moves entries makes of `x`, entry by entry."""
    first = case.arguments.get("data_format") == "channels_first"
    offset = 2 if first else 1
    rank = x.ndim - 2
    if case.name == "Permute":
        return np.stack([np.transpose(sample, [d - 1 for d in layer.dims]) for sample in x])
    if case.name == "RepeatVector":
        return np.stack([[row] * layer.n for row in x])
    if case.name.startswith("UpSampling"):
        for axis, size in enumerate(oracles.each(layer.size, rank), offset):
            x = np.take(x, [i // size for i in range(x.shape[axis] * size)], axis)
        return x
    pairs = layer.cropping if case.name.startswith("Cropping") else layer.padding
    pairs = (pairs,) if rank == 1 else pairs
    for axis, (front, back) in enumerate(pairs, offset):
        size = x.shape[axis]
        if case.name.startswith("Cropping"):
            x = np.take(x, range(front, size - back), axis)
        else:
            places = [i if 0 <= i < size else None for i in range(-front, size + back)]
            entries = [np.zeros_like(np.take(x, 0, axis)) if i is None else np.take(x, i, axis) for i in places]
            x = np.stack(entries, axis)
    return x


def test_spatial_layer_is_its_oracle(case: LayerCase) -> None:
    """Every case against a slow computation in float64, also by a compiled `predict`."""
    layer, x = case.make(), case.inputs()
    received = called(layer, x)
    if "Conv" in case.name:
        for v in layer.weights:
            v.assign(np.random.default_rng(len(v.shape)).normal(size=v.shape).astype("float32"))
        expected = convolved(case, layer, x.astype(np.float64))
        received = called(layer, x)
    elif "interpolation" in case.arguments:
        form, interpolation = case.arguments.get("data_format"), case.arguments["interpolation"]
        sides = x.shape[2:] if form == "channels_first" else x.shape[1:3]
        size = tuple(s * f for s, f in zip(sides, layer.size, strict=True))
        expected = resize(x, size, interpolation, data_format=form)
    else:
        expected = rearranged(case, layer, x)
    assert received.shape == expected.shape
    assert_close(received, expected, "float32", 128, str(case))
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    assert_close(model.predict(x, verbose=0), expected, "float32", 128, str(case))


def test_spatial_layer_takes_sizes_that_are_known_late(case: LayerCase) -> None:
    """One compiled step for inputs of unknown sizes gives what eager calls do."""
    if case.name == "RepeatVector":
        return
    form = case.arguments.get("data_format", "channels_last")
    shape = case.shapes[0]
    free = [None] * (len(shape) - 2)
    layer = case.make()
    inputs = keras.Input((shape[1], *free) if form == "channels_first" else (*free, shape[-1]))
    model = keras.Model(inputs, layer(inputs))
    for seed, more in ((0, 0), (1, 2)):
        sizes = [s + more for s in (shape[2:] if form == "channels_first" else shape[1:-1])]
        full = (shape[0], shape[1], *sizes) if form == "channels_first" else (shape[0], *sizes, shape[-1])
        x = np.random.default_rng(seed).normal(size=full).astype("float32")
        assert_close(model.predict(x, verbose=0), called(layer, x), "float32", 16, str(case))


# -- Noise ------------------------------------------------------------------------------------------------------------


def test_gaussian_noise_has_its_mean_and_deviation() -> None:
    """What is added has mean 0 and the standard deviation asked for, and each call draws anew."""
    layer = layers.GaussianNoise(0.5, seed=1)
    x = np.full((200, 200), 3.0, "float32")
    first, second = (called(layer, x, training=True) - x for _ in range(2))
    for noise in (first, second):
        assert abs(noise.mean()) < 0.02
        assert abs(noise.std() - 0.5) < 0.02
    assert not np.array_equal(first, second)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05


def test_gaussian_dropout_keeps_the_mean() -> None:
    """Factors have mean 1 and variance rate / (1 - rate)."""
    factors = called(layers.GaussianDropout(0.2, seed=1), np.ones((200, 200), "float32"), training=True)
    assert abs(factors.mean() - 1) < 0.02
    assert abs(factors.var() - 0.25) < 0.02


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    """Normal inputs keep mean 0 and variance 1; dropped entries all have one value, kept ones lie on one line."""
    x = np.random.default_rng(0).normal(size=(300, 300)).astype("float32")
    y = called(layers.AlphaDropout(0.3, seed=1), x, training=True)
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03
    values, counts = np.unique(y, return_counts=True)
    dropped = y == values[counts.argmax()]
    assert abs(dropped.mean() - 0.3) < 0.02
    lowest = -1.7580993408473766
    scale = ((1 - 0.3) * (1 + 0.3 * lowest**2)) ** -0.5
    shift = -scale * lowest * 0.3
    assert_close(y[~dropped], scale * x[~dropped].astype(np.float64) + shift, "float32", 16)
    assert_close(y[dropped], np.full(dropped.sum(), scale * lowest + shift), "float32", 16)


def test_alpha_dropout_drops_slices_by_its_noise_shape() -> None:
    """Sizes of 1 share one draw, `None` stands for the input's own size."""
    layer = layers.AlphaDropout(0.5, noise_shape=(None, 1, 3), seed=2)
    y = called(layer, np.zeros((50, 7, 3), "float32"), training=True)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert len(np.unique(y)) == 2


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (lambda: layers.SpatialDropout1D(0.5, seed=1), (30, 4, 5), (1,)),
        (lambda: layers.SpatialDropout2D(0.5, seed=1), (30, 4, 3, 5), (1, 2)),
        (lambda: layers.SpatialDropout2D(0.5, "channels_first", seed=1), (30, 5, 4, 3), (2, 3)),
        (lambda: layers.SpatialDropout3D(0.5, seed=1), (30, 2, 4, 3, 5), (1, 2, 3)),
        (lambda: layers.SpatialDropout3D(0.5, "channels_first", seed=1), (30, 5, 2, 4, 3), (2, 3, 4)),
    ],
)
def test_spatial_dropout_drops_whole_channels(layer, shape, axes) -> None:
    """A channel of a sample is zero everywhere or doubled everywhere, about one half of them."""
    y = called(layer(), np.ones(shape, "float32"), training=True)
    assert set(np.unique(y)) == {0.0, 2.0}
    assert np.all(y.min(axis=axes) == y.max(axis=axes))
    assert 0.3 < (y.min(axis=axes) == 0).mean() < 0.7


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.AlphaDropout(0.5, seed=4),
        lambda: layers.GaussianDropout(0.5, seed=4),
        lambda: layers.GaussianNoise(0.5, seed=4),
        lambda: layers.SpatialDropout1D(0.5, seed=4),
    ],
)
def test_noise_follows_its_seed_and_hands_masks_on(make) -> None:
    """Two layers of one seed draw the same; a mask goes through in both modes."""
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
    np.testing.assert_array_equal(called(make(), x, training=True), called(make(), x, training=True))
    for training in (False, True):
        tensor = ops.convert_to_tensor(x)
        mask = np.ones((3, 4), bool)
        mask[1, 2] = False
        set_mask(tensor, ops.convert_to_tensor(mask))
        found = get_mask(make()(tensor, training=training))
        np.testing.assert_array_equal(ops.convert_to_numpy(found), mask)


def test_noise_without_anything_kept_is_refused_in_training() -> None:
    """Rates of 1 can be held and run, but nothing scales up what is left."""
    for make in (layers.AlphaDropout, layers.GaussianDropout):
        layer = make(1.0)
        x = np.ones((2, 3), "float32")
        np.testing.assert_array_equal(called(layer, x), x)
        with pytest.raises(ArgumentError, match="below 1 in training"):
            layer(x, training=True)


# -- Masks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Conv1DTranspose(2, 2),
        lambda: layers.Cropping1D(1),
        lambda: layers.DepthwiseConv1D(2),
        lambda: layers.Permute((2, 1)),
        lambda: layers.SeparableConv1D(2, 2),
        lambda: layers.UpSampling1D(2),
        lambda: layers.ZeroPadding1D(1),
    ],
)
def test_mask_that_ends_at_a_spatial_layer_is_warned_of(make) -> None:
    """As in Keras a mask ends where the steps change; it does not do so silently."""
    x = ops.convert_to_tensor(np.ones((2, 5, 3), "float32"))
    set_mask(x, ops.convert_to_tensor(np.ones((2, 5), bool)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = make()(x)
    assert any("does not hand on masks" in str(w.message) for w in caught)
    assert get_mask(y) is None


# -- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: layers.Conv2DTranspose(2, 3, strides=2, output_padding=2), "less than `strides`"),
        (lambda: layers.Conv1DTranspose(2, 3, strides=2, dilation_rate=2), "strided or dilated"),
        (lambda: layers.Conv1DTranspose(2, 3, padding="causal"), "one of 'valid', 'same'"),
        (lambda: layers.Conv3DTranspose(0, 3), "`filters`"),
        (lambda: layers.DepthwiseConv2D((3, 3, 3)), "`kernel_size`"),
        (lambda: layers.DepthwiseConv1D(3, depth_multiplier=0), "`depth_multiplier`"),
        (lambda: layers.SeparableConv1D(2, 3, padding="causal"), "one of 'valid', 'same'"),
        (lambda: layers.Cropping1D((1, 2, 3)), "`cropping`"),
        (lambda: layers.Cropping2D(-1), "`cropping`"),
        (lambda: layers.Cropping3D(((1, 1), (1, -1), (0, 0))), "`cropping`"),
        (lambda: layers.ZeroPadding1D("same"), "`padding`"),
        (lambda: layers.ZeroPadding2D((1, 1, 1)), "`padding`"),
        (lambda: layers.ZeroPadding3D(-1), "`padding`"),
        (lambda: layers.Permute((0, 1)), "batch axis is not counted"),
        (lambda: layers.Permute((1, 3)), "each of 1, 2"),
        (lambda: layers.RepeatVector(0), "`n`"),
        (lambda: layers.UpSampling1D(2.5), "`size`"),
        (lambda: layers.UpSampling2D(2, interpolation="area"), "`interpolation` is one of"),
        (lambda: layers.UpSampling3D((2, 2)), "`size`"),
        (lambda: layers.GaussianNoise(1.5), "`stddev`"),
        (lambda: layers.GaussianDropout(-0.5), "`rate`"),
        (lambda: layers.AlphaDropout(0.5, noise_shape=3), "`noise_shape`"),
        (lambda: layers.SpatialDropout2D(2.0), "`rate`"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make, match: str) -> None:
    """One clear error when the layer is made."""
    with pytest.raises(ArgumentError, match=match):
        make()


def test_cropping_that_leaves_nothing_is_refused() -> None:
    """Eager and symbolic."""
    layer = layers.Cropping2D(((1, 1), (2, 2)), name="crop")
    for x in (np.ones((1, 5, 4, 2), "float32"), keras.Input((5, 4, 2))):
        with pytest.raises(ShapeError, match="'crop' leaves entries"):
            layer(x)


# -- Resizing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 3.0}])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_images_of_unknown_sizes_are_resized(interpolation: str, options: dict) -> None:
    """One compiled step crops, pads and resizes images whose sizes are known when it runs."""
    inputs = keras.Input((None, None, 2))
    model = keras.Model(inputs, ops.image.resize(inputs, (4, 6), interpolation, **options))
    assert model.output_shape == (None, 4, 6, 2)
    for height, width in ((5, 3), (3, 9), (4, 6)):
        x = np.random.default_rng(height).normal(size=(2, height, width, 2)).astype("float32")
        assert_close(model.predict(x, verbose=0), resize(x, (4, 6), interpolation, **options), "float32", 32)
