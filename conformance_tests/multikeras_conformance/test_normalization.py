"""Normalizations of each sample, against their formulas; and products by equation."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.state.masks import get_mask, set_mask
from multikeras.testing import assert_close
from multikeras_conformance.layer_cases import CASES
from multikeras_conformance.layer_cases.case import LayerCase

OF_SAMPLES = [c for c in CASES if c.name in ("LayerNormalization", "RMSNormalization", "UnitNormalization")]
OF_GROUPS = [c for c in CASES if c.name == "GroupNormalization"]
PRODUCTS = [c for c in CASES if c.name == "EinsumDense" and c.label != "lora"]


def array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def random_weights(layer) -> dict[str, np.ndarray]:
    """New weights for a layer, by name."""
    for i, w in enumerate(layer.weights):
        w.assign(np.random.default_rng(i).uniform(0.5, 1.5, w.shape))
    return {w.name: w.numpy().astype(np.float64) for w in layer.weights}


@pytest.mark.parametrize("case", OF_SAMPLES, ids=str)
def test_normalization_of_samples_is_the_formula(case: LayerCase) -> None:
    """Moments over the axes of each sample; factor and summand along these."""
    layer, x = case.make(), case.inputs() * 3 + 1
    layer.build(x.shape)
    named, wide = random_weights(layer), x.astype(np.float64)
    axes = tuple(sorted(np.atleast_1d(case.arguments.get("axis", -1)) % x.ndim))
    epsilon = case.arguments.get("epsilon", {"LayerNormalization": 1e-3}.get(case.name, 1e-6))
    along = [x.shape[i] if i in axes else 1 for i in range(x.ndim)]
    if case.name == "LayerNormalization":
        centred = wide - wide.mean(axes, keepdims=True)
        expected = centred / np.sqrt(wide.var(axes, keepdims=True) + epsilon)
        expected = expected * named["gamma"].reshape(along) if "gamma" in named else expected
        expected = expected + named["beta"].reshape(along) if "beta" in named else expected
    elif case.name == "RMSNormalization":
        mean = np.mean(wide**2, axes, keepdims=True)
        expected = wide / np.sqrt(mean + epsilon) * named["scale"].reshape(along)
    else:
        expected = wide / np.sqrt(np.sum(wide**2, axes, keepdims=True))
    assert_close(array(layer(x)), expected, "float32", 64)


@pytest.mark.parametrize("case", OF_GROUPS, ids=str)
def test_normalization_of_groups_is_the_formula(case: LayerCase) -> None:
    """One group of one sample after the other."""
    layer, x = case.make(), case.inputs() * 3 + 1
    layer.build(x.shape)
    named, wide = random_weights(layer), x.astype(np.float64)
    axis = case.arguments.get("axis", -1)
    last = np.moveaxis(wide, axis, -1)
    channels = last.shape[-1]
    groups = channels if case.arguments["groups"] == -1 else case.arguments["groups"]
    size = channels // groups
    expected = np.empty_like(last)
    for sample, group in np.ndindex(x.shape[0], groups):
        part = last[sample, ..., group * size : (group + 1) * size]
        centred = (part - part.mean()) / np.sqrt(part.var() + case.arguments.get("epsilon", 1e-3))
        expected[sample, ..., group * size : (group + 1) * size] = centred
    expected = expected * named.get("gamma", 1.0) + named.get("beta", 0.0)
    assert_close(array(layer(x)), np.moveaxis(expected, -1, axis), "float32", 128)


@pytest.mark.parametrize("case", [*OF_SAMPLES, *OF_GROUPS], ids=str)
def test_normalization_takes_unknown_sizes(case: LayerCase) -> None:
    """Axes that no weight belongs to are free."""
    x = case.inputs()
    own = {a % x.ndim for a in np.atleast_1d(case.arguments.get("axis", -1))}
    symbolic = keras.KerasTensor([s if i in own else None for i, s in enumerate(x.shape)])
    layer = case.make()
    y = layer(symbolic)
    assert y.shape == symbolic.shape
    assert array(layer(x)).shape == x.shape


def test_large_numbers_of_16_bits_are_normalized() -> None:
    """Squares that 16 bits can't hold."""
    x = np.array([[1000.0, 3000.0, -2000.0, 500.0]], "float16")
    for make in (layers.LayerNormalization, layers.RMSNormalization, lambda **k: layers.GroupNormalization(2, **k)):
        wide = array(make(dtype="float32")(x.astype("float32")))
        assert_close(array(make(dtype="float16")(x)), wide.astype(float), "float16", 4)


def test_rms_scaling_is_what_it_was() -> None:
    """The deprecated argument: `x / sqrt(variance + epsilon) * gamma`, warned of once, when the layer is made."""
    with pytest.warns(DeprecationWarning, match="rms_scaling"):
        layer = layers.LayerNormalization(rms_scaling=True)
    x = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    expected = x / np.sqrt(x.astype(float).var(-1, keepdims=True) + 1e-3)
    assert_close(array(layer(x)), expected, "float32", 32)
    assert [w.name for w in layer.weights] == ["gamma"]


@pytest.mark.parametrize(
    "make",
    [
        layers.LayerNormalization,
        layers.RMSNormalization,
        layers.UnitNormalization,
        lambda: layers.GroupNormalization(2),
        lambda: layers.EinsumDense("abc,cd->abd", (None, 3)),
        lambda: layers.EinsumDense("...c,cd->...d", 3),
    ],
)
def test_masks_pass_normalizations_and_products(make) -> None:
    """What keeps the steps keeps their mask."""
    x = ops.convert_to_tensor(np.ones((2, 3, 4), "float32"))
    mask = np.array([[True, False, True], [True, True, True]])
    set_mask(x, ops.convert_to_tensor(mask))
    np.testing.assert_array_equal(array(get_mask(make()(x))), mask)


def test_normalization_refuses_what_does_not_fit() -> None:
    """One clear error each."""
    x = np.zeros((2, 6), "float32")
    with pytest.raises(ArgumentError, match="groups of equal size"):
        layers.GroupNormalization(4)(x)
    with pytest.raises(ArgumentError, match="`groups` is an integer"):
        layers.GroupNormalization(0)
    with pytest.raises(ShapeError, match="axis 2"):
        layers.LayerNormalization(axis=2)(x)
    with pytest.raises(ArgumentError, match="`axis` is an integer or a list"):
        layers.LayerNormalization(axis="last")
    with pytest.raises(ShapeError, match="have known sizes"):
        layers.LayerNormalization(axis=1)(keras.Input((None, 3)))
    with pytest.raises(ArgumentError, match="with a `kernel` or with `embeddings`"):
        layers.SpectralNormalization(layers.Identity())(x)
    with pytest.raises(ArgumentError, match="wraps a layer"):
        layers.SpectralNormalization("dense")


def test_spectral_normalization_divides_by_the_largest_singular_value() -> None:
    """After many steps the largest singular value of the kernel is 1, and it is the same kernel up to a factor."""
    layer = layers.SpectralNormalization(layers.Conv1D(4, 2), power_iterations=30)
    x = np.ones((2, 5, 3), "float32")
    layer(x)
    before = layer.layer.kernel.numpy().astype(np.float64).reshape(-1, 4)
    layer(x, training=True)
    after = layer.layer.kernel.numpy().astype(np.float64).reshape(-1, 4)
    largest = np.linalg.svd(before, compute_uv=False)[0]
    np.testing.assert_allclose(after, before / largest, rtol=1e-3)
    layer.layer.kernel.assign(np.zeros(layer.layer.kernel.shape))
    layer(x, training=True)
    assert np.all(layer.layer.kernel.numpy() == 0)
    assert np.all(np.isfinite(layer.vector_u.numpy()))


# -- Products by equation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", PRODUCTS, ids=str)
def test_product_is_that_of_the_equation(case: LayerCase) -> None:
    """Against `numpy.einsum` in float64, whether it is computed as a product of matrices or not."""
    layer, x = case.make(), case.inputs()
    layer.build(x.shape)
    named = random_weights(layer)
    expected = np.einsum(case.arguments["equation"], x.astype(np.float64), named["kernel"])
    expected = expected + named.get("bias", 0.0)
    expected = np.tanh(expected) if case.arguments.get("activation") == "tanh" else expected
    assert_close(array(layer(x)), expected, "float32", 64)


def test_products_of_matrices_are_found() -> None:
    """Sums over the last axes of the input are products of matrices; the others are not."""
    plain = {c.label for c in PRODUCTS if not _is_product(c)}
    assert plain == {"middle", "each", "outer", "right"}


def _is_product(case: LayerCase) -> bool:
    layer = case.make()
    layer.build(case.shapes[0])
    return layer._product is not None


@pytest.mark.parametrize(
    ("equation", "shape", "input_shape", "error", "text"),
    [
        ("abc,cd", (3, 4), (2, 3, 4), ArgumentError, "names the axes of input, kernel and output"),
        ("...ab,bc->ac...", 4, (2, 3, 4), ArgumentError, "names the axes of input, kernel and output"),
        ("abc,cd->abe", (None, 4), (2, 3, 4), ArgumentError, "Axes of the output are those of input or kernel"),
        ("abc,cd->abd", (None, 4), (2, 3), ShapeError, "names the axes of the input"),
        ("abc,cd->abd", (4,), (2, 3, 4), ShapeError, "`output_shape` has a size for each axis"),
        ("abc,cd->abd", (5, 4), (2, 3, 4), ShapeError, "has one size in input and output"),
        ("abc,cd->abd", (None, 4), (2, 3, None), ShapeError, "axes of the kernel have known sizes"),
    ],
)
def test_equation_that_does_not_fit_is_refused(equation, shape, input_shape, error, text) -> None:
    """One clear error each."""
    with pytest.raises(error, match=text):
        layers.EinsumDense(equation, shape).build(input_shape)


def test_layers_say_why_no_kernel_is_reached() -> None:
    """A sentence where there is a reason, nothing where there is none."""
    reasons = {}
    for case in [*PRODUCTS, *OF_SAMPLES]:
        layer = case.make()
        layer.build(case.shapes[0])
        reasons[str(case)] = getattr(layer, "kernel_reason", None)
    told = {name for name, reason in reasons.items() if reason is not None}
    products = {f"EinsumDense-{label}" for label in ("middle", "each", "outer", "right")}
    assert told == products | {"LayerNormalization-axis1", "RMSNormalization-axis1"}
    assert "does not sum over the last axes" in reasons["EinsumDense-middle"]
    assert "kernels take the last ones" in reasons["RMSNormalization-axis1"]
    assert layers.MultiHeadAttention(2, 3).kernel_reason is None
    assert "dropped in training" in str(layers.MultiHeadAttention(2, 3, dropout=0.1).kernel_reason)


def test_kernels_start_with_the_fans_of_the_equation() -> None:
    """Glorot's bound counts what is summed over and what is made, wherever these axes are."""
    layer = layers.EinsumDense("abc,dec->abde", (None, 20, 10))
    layer.build((2, 3, 100))
    bound = np.sqrt(6 / (100 + 200))
    kernel = layer.kernel.numpy()
    assert 0.99 * bound < np.abs(kernel).max() <= bound
