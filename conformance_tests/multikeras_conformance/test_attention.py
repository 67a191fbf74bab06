"""Attention: the formula, every path to it, masks, and padding that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, NotSupportedError, ShapeError, StructureError
from multikeras.state.masks import get_mask, set_mask
from multikeras.testing import assert_close


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype("float32")


def array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def attended(query, key, value, allowed, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and weights of keys, one query of one head after the other, in float64."""
    result = np.zeros((*query.shape[:3], value.shape[3]))
    weights = np.zeros((query.shape[0], query.shape[2], query.shape[1], key.shape[1]))
    for b, t, n in np.ndindex(*query.shape[:3]):
        logits = np.array([query[b, t, n] @ key[b, s, n] for s in range(key.shape[1])]) * scale
        kept = allowed[b, t]
        powers = (
            np.where(kept, np.exp(logits - logits[kept].max(initial=-np.inf)), 0.0) if kept.any() else 0 * logits + 1
        )
        weights[b, n, t] = powers / powers.sum()
        result[b, t, n] = sum(weights[b, n, t, s] * value[b, s, n] for s in range(key.shape[1]))
    return result, weights


def heads_of(x, dense, axes: str) -> np.ndarray:
    """A projection, in float64."""
    kernel, *bias = (w.astype(np.float64) for w in dense.get_weights())
    return np.einsum(axes, x.astype(np.float64), kernel) + (bias[0] if bias else 0.0)


def built(kind: str = "MultiHeadAttention", **more):
    """A layer with biases that are not zeros."""
    sizes = {"num_heads": 4, "key_dim": 3} if kind.startswith("Multi") else {"head_dim": 3, "num_query_heads": 4}
    sizes |= {} if kind.startswith("Multi") else {"num_key_value_heads": 2}
    return getattr(layers, kind)(**{**sizes, "bias_initializer": "uniform", **more})


# What query i of sample b may attend to; the second query of the first sample to nothing.
PAIRS = np.array([[[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], [[0, 1, 0, 0], [1, 1, 0, 1], [0, 0, 1, 1]]], bool)
LONG = np.array([[True, True, False], [True, True, True]])
SHORT = np.array([[True, True, True, False], [True, False, True, True]])


@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize("how", ["plain", "pairs", "steps", "causal", "window", "all"])
def test_heads_are_the_formula(how: str, gate: bool) -> None:
    """Outputs, and weights of keys, against a loop in float64."""
    query, value, key = drawn(2, 3, 5), drawn(2, 4, 6, seed=1), drawn(2, 4, 7, seed=2)
    layer = built(value_dim=2, output_shape=6, use_gate=gate, sliding_window=2 if how in ("window", "all") else None)
    allowed = np.ones((2, 3, 4), bool)
    given = {}
    if how in ("pairs", "all"):
        given["attention_mask"] = ops.convert_to_tensor(PAIRS)
        allowed &= PAIRS
    if how in ("steps", "all"):
        given |= {"query_mask": LONG, "value_mask": SHORT, "key_mask": ops.convert_to_tensor(SHORT[::-1].copy())}
        allowed = allowed & LONG[:, :, None] & SHORT[:, None] & SHORT[::-1][:, None]
    if how in ("causal", "all"):
        given["use_causal_mask"] = True
        allowed = allowed & (np.arange(3)[:, None] >= np.arange(4))
    if how in ("window", "all"):
        allowed = allowed & (np.abs(np.arange(3)[:, None] - np.arange(4)) < 2)
    fused = array(layer(query, value, key, **given))
    stored, scores = (array(x) for x in layer(query, value, key, return_attention_scores=True, **given))
    q, k, v = (
        heads_of(x, dense, "bsc,cnh->bsnh")
        for x, dense in ((query, layer.query_dense), (key, layer.key_dense), (value, layer.value_dense))
    )
    result, weights = attended(q, k, v, allowed, 3**-0.5)
    if gate:
        result = result / (1 + np.exp(-heads_of(query, layer._gate_dense, "bsc,cnh->bsnh")))
    expected = heads_of(result, layer.output_dense, "bsnh,nhc->bsc")
    assert_close(scores, weights, "float32", 64)
    assert_close(stored, expected, "float32", 64)
    assert_close(fused, expected, "float32", 64)


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
@pytest.mark.parametrize("how", ["plain", "pairs", "steps", "causal", "steps-causal"])
def test_fused_gradients_are_those_with_scores(kind: str, how: str) -> None:
    """The kernel that stores no scores has the gradients of the one that does, for every weight and the inputs."""
    if Capability.GRADIENTS not in current().can:
        return
    layer = built(kind)
    query, value = (keras.Variable(drawn(2, n, 5, seed=n)) for n in (3, 4))
    direction = ops.convert_to_tensor(drawn(2, 3, 5, seed=9))
    given = {"use_causal_mask": "causal" in how}
    if how == "pairs":
        given["attention_mask"] = ops.convert_to_tensor(PAIRS)
    if "steps" in how:
        given |= {"query_mask": ops.convert_to_tensor(LONG), "value_mask": ops.convert_to_tensor(SHORT)}
    layer(query, value)
    variables = [*layer.trainable_variables, query, value]

    def loss(scores: bool):
        y = layer(query, value, return_attention_scores=scores, **given)
        return ops.sum(ops.multiply(y[0] if scores else y, direction))

    one, other = (keras.value_and_grad(lambda s=scores: loss(s), variables)[1] for scores in (False, True))
    for v, a, b in zip(variables, one, other, strict=True):
        assert_close(array(a), array(b).astype(np.float64), "float32", 256, v.path)
        # The bias of the keys moves all logits of a query alike.
        assert np.any(np.abs(array(a)) > 1e-6) or v.path.endswith("key/bias")


def test_group_of_queries_shares_a_head_of_keys() -> None:
    """GroupQueryAttention is MultiHeadAttention with the heads of keys and values repeated."""
    grouped, whole = built("GroupQueryAttention"), built()
    x, value = drawn(2, 3, 5), drawn(2, 4, 5, seed=1)
    grouped(x, value)
    whole(x, value)
    for name in ("query", "key", "value", "output"):
        weights = getattr(grouped, f"_{name}_dense").get_weights()
        if name in ("key", "value"):
            weights = [np.repeat(w, 2, axis=-2) for w in weights]
        getattr(whole, f"{name}_dense").set_weights(weights)
    for given in ({}, {"attention_mask": ops.convert_to_tensor(PAIRS)}, {"use_causal_mask": True}):
        assert_close(array(grouped(x, value, **given)), array(whole(x, value, **given)).astype(float), "float32", 32)
    _, scores = grouped(x, value, return_attention_scores=True)
    assert_close(array(scores), array(whole(x, value, return_attention_scores=True)[1]).astype(float), "float32", 32)


@pytest.mark.parametrize("axes", [(1,), (2,), (1, 2), (2, 1), None])
def test_attention_along_any_axes_is_that_of_merged_ones(axes) -> None:
    """An image attends along rows, columns or both as the same steps in a row do."""
    x = drawn(2, 3, 4, 5)
    layer, plain = built(attention_axes=axes), built()
    layer(x, x)
    plain.build((None, None, 5), (None, None, 5))
    plain.set_weights(layer.get_weights())
    along = (1, 2) if axes is None else axes
    order = (*(a for a in range(3) if a not in along), *along, 3)
    moved = x.transpose(order)
    batch = int(np.prod(moved.shape[: 3 - len(along)]))
    expected = array(plain(*[moved.reshape(batch, -1, 5)] * 2, use_causal_mask=True)).reshape(moved.shape)
    expected = expected.transpose([order.index(a) for a in range(4)])
    assert_close(array(layer(x, x, use_causal_mask=True)), expected.astype(float), "float32", 32)
    kept = np.random.default_rng(0).random(x.shape[:3]) > 0.3
    y = array(layer(x, x, query_mask=kept, value_mask=kept))
    flat = kept.transpose(order[:-1]).reshape(batch, -1)
    expected = array(plain(*[moved.reshape(batch, -1, 5)] * 2, query_mask=flat, value_mask=flat)).reshape(moved.shape)
    assert_close(y, expected.transpose([order.index(a) for a in range(4)]).astype(float), "float32", 32)


def test_attention_mask_of_images_has_their_axes() -> None:
    """Shape (batch, queries' axes, keys' axes), or with heads."""
    x = drawn(2, 3, 4, 5)
    layer = built()
    kept = np.random.default_rng(1).random((2, 3, 4, 3, 4)) > 0.3
    y = array(layer(x, x, attention_mask=kept))
    by_heads = np.broadcast_to(kept[:, None], (2, 4, 3, 4, 3, 4)).copy()
    np.testing.assert_array_equal(array(layer(x, x, attention_mask=by_heads)), y)
    z, scores = layer(x, x, attention_mask=kept, return_attention_scores=True)
    assert_close(array(z), y.astype(float), "float32", 32)
    assert array(scores).shape == (2, 4, 3, 4, 3, 4)
    assert np.all(array(scores)[~by_heads] == 0)


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_dropped_weights_are_those_of_scores(kind: str) -> None:
    """In training weights of keys are zeroed or divided by `1 - rate`; else the layer is what it is without."""
    x = drawn(4, 6, 5)
    layer, plain = built(kind, dropout=0.5, seed=1), built(kind)
    layer(x, x)
    plain(x, x)
    plain.set_weights(layer.get_weights())
    assert_close(array(layer(x, x)), array(plain(x, x)).astype(float), "float32", 32)
    dropped = array(layer(x, x, training=True))
    assert not np.allclose(dropped, array(layer(x, x, training=True)))
    mean = np.mean([array(layer(x, x, training=True)) for _ in range(200)], axis=0)
    assert np.abs(mean - array(plain(x, x))).max() < 0.3
    _, scores = layer(x, x, training=True, return_attention_scores=True)
    assert_close(array(scores).sum(-1), np.ones((4, 4, 6)), "float32", 32)


# -- Padding ----------------------------------------------------------------------------------------------------------


class Block(keras.Model):
    """Embedding, a pre-norm transformer block, and a mean over steps."""

    def __init__(self, kind: str = "MultiHeadAttention") -> None:
        super().__init__()
        self.embedding = layers.Embedding(11, 8, mask_zero=True)
        self.first, self.second = layers.LayerNormalization(), layers.RMSNormalization()
        self.attention = built(kind)
        self.add = layers.Add()
        self.wide = layers.Dense(16, activation="gelu")
        self.back = layers.EinsumDense("abc,cd->abd", (None, 8), bias_axes="d")
        self.pool = layers.GlobalAveragePooling1D()

    def call(self, tokens, causal: bool = False):
        x = self.embedding(tokens)
        normal = self.first(x)
        x = self.add([x, self.attention(normal, normal, use_causal_mask=causal)])
        x = self.add([x, self.back(self.wide(self.second(x)))])
        return self.pool(x)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_padding_changes_nothing(kind: str, causal: bool) -> None:
    """A transformer block on a padded batch has the outputs and gradients of its samples, each by itself."""
    rng = np.random.default_rng(0)
    # Few shapes: each is compiled anew under JAX.
    samples = [rng.integers(1, 11, n) for n in (2, 4)]
    padded = np.zeros((2, 4), "int32")
    for row, sample in zip(padded, samples, strict=True):
        row[: len(sample)] = sample
    model = Block(kind)
    model(padded)
    direction = drawn(2, 8, seed=4)
    alone = [sample[None].astype("int32") for sample in samples]
    outputs = np.concatenate([array(model(x, causal=causal)) for x in alone])
    assert_close(array(model(padded, causal=causal)), outputs.astype(float), "float32", 64)
    if Capability.GRADIENTS not in current().can:
        return
    variables = model.trainable_variables

    def gradients(x, wanted):
        tokens, way = ops.convert_to_tensor(x), ops.convert_to_tensor(wanted)
        loss = lambda: ops.sum(ops.multiply(model(tokens, causal=causal), way))  # noqa: E731 - called once
        return [array(g).astype(np.float64) for g in keras.value_and_grad(loss, variables)[1]]

    expected = [gradients(x, direction[i : i + 1]) for i, x in enumerate(alone)]
    for v, g, *parts in zip(variables, gradients(padded, direction), *expected, strict=True):
        assert_close(g, sum(parts), "float32", 512, v.path)


def test_masked_model_is_compiled_with_unknown_sizes() -> None:
    """`predict` and `fit` of the block, whose steps differ from batch to batch, are what a plain call is."""
    model = Block()
    x = np.array([[1, 2, 3, 0], [4, 5, 0, 0]], "int32")
    expected = array(model(x))
    model.compile("sgd", "mse")
    assert_close(model.predict(x, verbose=0), expected.astype(float), "float32", 32)
    longer = np.pad(x, ((0, 0), (0, 3)))
    assert_close(model.predict(longer, verbose=0), expected.astype(float), "float32", 32)
    if Capability.GRADIENTS in current().can:
        before = model.evaluate(x, np.zeros((2, 8), "float32"), verbose=0)
        model.fit(x, np.zeros((2, 8), "float32"), epochs=3, verbose=0)
        assert model.evaluate(longer, np.zeros((2, 8), "float32"), verbose=0) < before


def test_functional_attention_takes_unknown_sizes() -> None:
    """Batch and steps are free."""
    x = keras.Input((None, 5))
    y = built()(x, x, use_causal_mask=True)
    z = built("GroupQueryAttention")(y, y)
    z = layers.Attention()([z, y])
    model = keras.Model(x, z)
    assert y.shape == z.shape == (None, None, 5)
    for steps in (3, 6):
        assert model.predict(drawn(2, steps, 5), verbose=0).shape == (2, steps, 5)


def marked(x, mask):
    tensor = ops.convert_to_tensor(x)
    set_mask(tensor, ops.convert_to_tensor(mask))
    return tensor


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_masks_of_tensors_are_used_and_handed_on(kind: str) -> None:
    """As if they were given; the output has that of the queries, and the scores have none."""
    layer = built(kind)
    query, value = drawn(2, 3, 5), drawn(2, 4, 5, seed=1)
    expected = array(layer(query, value, query_mask=LONG, value_mask=SHORT))
    x, v = marked(query, LONG), marked(value, SHORT)
    y = layer(x, v)
    np.testing.assert_array_equal(array(y), expected)
    np.testing.assert_array_equal(array(get_mask(y)), LONG)
    y, scores = layer(x, v, return_attention_scores=True)
    np.testing.assert_array_equal(array(get_mask(y)), LONG)
    assert get_mask(scores) is None


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
@pytest.mark.parametrize("scores", [False, True])
def test_query_that_may_attend_to_nothing_gets_the_mean(kind: str, scores: bool) -> None:
    """On every path, in every dtype; no nan, neither in the output nor in gradients."""
    for dtype in ("float32", "float16", "bfloat16"):
        layer = built(kind, dtype=dtype, use_bias=False)
        x = drawn(1, 3, 5)
        nothing = np.zeros((1, 3, 3), bool)
        y = layer(x, x, attention_mask=nothing, return_attention_scores=scores)
        y = array(y[0] if scores else y).astype(np.float64)
        assert_close(y, np.broadcast_to(y[:, :1], y.shape), dtype, 16)
        mean = np.repeat(x.mean(axis=1, keepdims=True), 3, axis=1)
        z = layer(mean, mean, return_attention_scores=scores)
        assert_close(y, array(z[0] if scores else z).astype(np.float64), dtype, 64)


# -- Bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
@pytest.mark.parametrize(
    ("name", "shape", "text"),
    [
        ("query_mask", (2, 4), "`query_mask` of 'heads' has one entry for each step"),
        ("value_mask", (2, 3), "`value_mask` of 'heads' has one entry for each step"),
        ("key_mask", (2, 4, 1), "`key_mask` of 'heads' has one entry for each step"),
        ("attention_mask", (2, 4, 3), "`attention_mask` of 'heads' broadcasts to"),
        ("attention_mask", (2, 3, 3, 4), "`attention_mask` of 'heads' broadcasts to"),
    ],
)
def test_mask_of_the_wrong_shape_is_named(kind: str, name: str, shape, text: str) -> None:
    """One error that names layer and mask."""
    layer = built(kind, name="heads")
    with pytest.raises(ShapeError, match=text) as caught:
        layer(drawn(2, 3, 5), drawn(2, 4, 5), **{name: np.ones(shape, bool)})
    assert f"mask of shape {shape}" in str(caught.value)
    assert any("in layer" in note for note in caught.value.__notes__)


def test_attention_refuses_what_does_not_fit() -> None:
    """One clear error each."""
    with pytest.raises(ArgumentError, match="`num_heads` is an integer from 1 on"):
        layers.MultiHeadAttention(0, 4)
    with pytest.raises(ArgumentError, match="`dropout` is a probability"):
        layers.MultiHeadAttention(2, 4, dropout=2)
    with pytest.raises(ArgumentError, match="`sliding_window` is an integer"):
        layers.GroupQueryAttention(2, 4, 2, sliding_window=0)
    with pytest.raises(ArgumentError, match="multiple of `num_key_value_heads`"):
        layers.GroupQueryAttention(2, 4, 3)
    with pytest.raises(ArgumentError, match="drops no weights"):
        layers.MultiHeadAttention(2, 4, dropout=0.1, flash_attention=True)
    with pytest.raises(ShapeError, match="between the axes of batch and features"):
        layers.MultiHeadAttention(2, 4, attention_axes=2)(drawn(2, 3, 5), drawn(2, 3, 5))
    with pytest.raises(ShapeError, match="same axes but the last"):
        layers.MultiHeadAttention(2, 4)(drawn(2, 3, 5), drawn(2, 3, 5), drawn(2, 4, 5))
    with pytest.raises(ArgumentError, match="'dot' or 'concat'"):
        layers.Attention(score_mode="sum")
    with pytest.raises(StructureError, match="is a list"):
        layers.Attention()(drawn(2, 3, 5))


def test_flash_attention_is_had_or_refused() -> None:
    """`True` gives what the other kernels give, or says that it can't be had; `False` and `None` always do."""
    q, k, v = (ops.convert_to_tensor(drawn(2, 8, 4, 16, seed=i)) for i in range(3))
    expected = array(ops.dot_product_attention(q, k, v)).astype(float)
    assert_close(array(ops.dot_product_attention(q, k, v, flash_attention=False)), expected, "float32", 32)
    try:
        received, text = ops.dot_product_attention(q, k, v, flash_attention=True), ""
    except NotSupportedError as error:
        received, text = None, str(error)
    if received is None:
        assert text.startswith("Flash attention was demanded")
        assert text.endswith("try: flash_attention=None")
    else:
        assert_close(array(received), expected, "float32", 64)
    layer = built(flash_attention=True)
    with pytest.raises((ArgumentError, NotSupportedError), match=r"Flash attention"):
        layer(drawn(2, 3, 5), drawn(2, 3, 5), return_attention_scores=True)


# -- Attention without projections ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dot", "dot-scale", "concat", "concat-scale", "additive", "additive-scale"])
@pytest.mark.parametrize("how", ["plain", "steps", "causal", "both"])
def test_attention_is_the_formula(kind: str, how: str) -> None:
    """Scores, weights and outputs against a loop in float64."""
    query, value, key = drawn(2, 3, 5), drawn(2, 4, 6, seed=1), drawn(2, 4, 5, seed=2)
    scaled = kind.endswith("scale")
    if kind.startswith("additive"):
        layer = layers.AdditiveAttention(use_scale=scaled)
    else:
        layer = layers.Attention(use_scale=scaled, score_mode=kind.partition("-")[0])
    layer.build([query.shape, value.shape, key.shape])
    for i, w in enumerate(layer.weights):
        w.assign(0.5 + drawn(*w.shape, seed=i) if w.shape else 1.5 - i)
    named = {w.name: w.numpy().astype(np.float64) for w in layer.weights}
    scale, weight = named.get("scale", 1.0), named.get("concat_score_weight", 1.0)
    mask = [ops.convert_to_tensor(LONG), ops.convert_to_tensor(SHORT)] if how in ("steps", "both") else None
    y, weights = layer(
        [query, value, key], mask=mask, use_causal_mask=how in ("causal", "both"), return_attention_scores=True
    )
    expected, expected_weights = np.zeros((2, 3, 6)), np.zeros((2, 3, 4))
    for b, t in np.ndindex(2, 3):
        q, keys = query[b, t].astype(np.float64), key[b].astype(np.float64)
        if kind.startswith("dot"):
            logits = keys @ q * scale
        elif kind.startswith("concat"):
            logits = weight * np.tanh(scale * (q + keys)).sum(-1)
        else:
            logits = (scale * np.tanh(q + keys)).sum(-1)
        allowed = np.ones(4, bool)
        if how in ("steps", "both"):
            allowed = allowed & SHORT[b]
        if how in ("causal", "both"):
            allowed = allowed & (np.arange(4) <= t)
        powers = np.where(allowed, np.exp(logits), 0.0) if allowed.any() else np.ones(4)
        expected_weights[b, t] = powers / powers.sum()
        expected[b, t] = expected_weights[b, t] @ value[b].astype(np.float64)
    if how in ("steps", "both"):
        expected = np.where(LONG[:, :, None], expected, 0.0)
    assert_close(array(weights), expected_weights, "float32", 64)
    assert_close(array(y), expected, "float32", 64)


def test_attention_hands_on_the_mask_of_the_queries() -> None:
    """Masks that the tensors carry are used; that of the queries goes on."""
    query, value = drawn(2, 3, 5), drawn(2, 4, 5, seed=1)
    layer = layers.Attention()
    y = layer([marked(query, LONG), marked(value, SHORT)])
    np.testing.assert_array_equal(array(get_mask(y)), LONG)
    given = [ops.convert_to_tensor(LONG), ops.convert_to_tensor(SHORT)]
    np.testing.assert_array_equal(array(y), array(layer([query, value], mask=given)))
    with pytest.raises(ShapeError, match="mask of the value"):
        layer([query, value], mask=given[::-1])
