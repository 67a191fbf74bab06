"""Tables of tokens: look-up, padding, tokens that are none, the way back, LoRA; Masking and Softmax with masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, IndexRangeError, NotBuiltError, ShapeError, StateError
from multikeras.state.masks import get_mask, set_mask
from multikeras.testing import assert_close

TABLE = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")


def array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "int16", "bool", "float32"])
def test_embedding_is_a_table(dtype: str) -> None:
    """A row for each token, of any dtype."""
    tokens = np.array([[0, 1], [1, 1]] if dtype == "bool" else [[0, 6], [3, 3]]).astype(dtype)
    layer = layers.Embedding(7, 3, weights=TABLE)
    np.testing.assert_array_equal(array(layer(tokens)), TABLE[tokens.astype(int)])
    np.testing.assert_array_equal(array(layers.Embedding(7, 3, weights=[TABLE])(tokens)), TABLE[tokens.astype(int)])


def test_embedding_gradient_adds_up_the_rows() -> None:
    """Each row gets the gradients of all places of its token; rows of no token get zeros."""
    if Capability.GRADIENTS not in current().can:
        return
    layer = layers.Embedding(7, 3, weights=TABLE)
    tokens = np.array([[0, 6, 3], [3, 3, 0]], "int32")
    way = np.random.default_rng(1).normal(size=(2, 3, 3)).astype("float32")
    x, direction = ops.convert_to_tensor(tokens), ops.convert_to_tensor(way)
    _, (gradient,) = keras.value_and_grad(lambda: ops.sum(ops.multiply(layer(x), direction)), layer.trainable_weights)
    expected = np.zeros((7, 3))
    for place in np.ndindex(2, 3):
        expected[tokens[place]] += way[place]
    assert_close(array(ops.convert_to_tensor(gradient)), expected, "float32", 16)


@pytest.mark.parametrize("token", [7, 100, -8])
def test_token_out_of_range_is_named_with_its_layer(token: int) -> None:
    """Never another token's row: an error where values are at hand."""
    layer = layers.Embedding(7, 3, name="words")
    layer(np.array([[0]], "int32"))
    tokens = ops.convert_to_tensor(np.array([[1, token]], "int32"))
    try:
        received = array(layer(tokens))
    except IndexRangeError as error:
        text, notes = str(error), error.__notes__
    else:
        # On accelerators nothing can be raised.
        assert np.all(np.isnan(received[0, 1]))
        return
    assert all(piece in text for piece in ("from -7 to 6", f"index {token}"))
    assert any("in layer 'words' (Embedding)" in note for note in notes)


def test_token_out_of_range_is_nan_in_compiled_steps() -> None:
    """Where nothing can be raised, what comes out can't be taken for data: of tokens that the step makes."""
    words = keras.Input((2,), dtype="int32")
    model = keras.Model(words, layers.Embedding(7, 3, weights=TABLE)(words + 1))
    model.compile("sgd", "mse")
    try:
        received = model.predict(np.array([[0, 6], [1, 2]], "int32"), verbose=0)
    except IndexRangeError:
        return
    assert np.all(np.isnan(received[0, 1]))
    np.testing.assert_array_equal(received[1], TABLE[[2, 3]])


class Own(keras.Model):
    """A model with a `call` of its own, which reads one of its two inputs by a table."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.table = layers.Embedding(7, 3, name="words")
        self.score = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.score(ops.mean(self.table(inputs["words"]), axis=1) + inputs["more"])


def nested_model() -> Any:
    """A graph in a graph, whose inputs are floats, the rows of the second being summed first."""
    words = keras.Input((5,), name="words")
    inner = keras.Model(words, layers.Embedding(7, 3, name="words_table")(words), name="inner")
    more, given = keras.Input((3,), name="more"), keras.Input((5,), name="words")
    pooled = layers.GlobalAveragePooling1D()(inner(given))
    return keras.Model({"more": more, "words": given}, layers.Dense(2)(layers.add([pooled, more])))


@pytest.mark.parametrize("make", [Own, nested_model])
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32"])
def test_data_with_a_token_out_of_range_is_an_error_before_the_step(make: Any, dtype: str) -> None:
    """Of whichever step: the text is that of a call, and notes name the layer and the batch. Good data is untouched."""
    model = make()
    trains = Capability.GRADIENTS in current().can
    model.compile("sgd" if trains else None, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    words = np.random.default_rng(0).integers(0, 7, (12, 5)).astype(dtype)
    x, y = {"words": words, "more": np.ones((12, 3), "float32")}, np.zeros(12, "int32")
    bad = {**x, "words": words.copy()}
    bad["words"][9, 2] = 7
    expected = model.predict(x, batch_size=4, verbose=0)
    assert np.all(np.isfinite(expected))

    def batches(data: Any) -> Any:
        return (({k: v[i : i + 4] for k, v in data.items()}, y[i : i + 4]) for i in range(0, 12, 4))

    calls: dict[str, Any] = {
        "predict": lambda data: model.predict(data, batch_size=4, verbose=0),
        "evaluate": lambda data: model.evaluate(data, y, batch_size=4, verbose=0),
        "predict of batches": lambda data: model.predict((x for x, _ in batches(data)), verbose=0),
    }
    if current().devices.device_of(ops.convert_to_tensor(words)) == "cpu":
        calls["predict of tensors"] = lambda data: model.predict(
            {k: ops.convert_to_tensor(v) for k, v in data.items()}, batch_size=4, verbose=0
        )
    if trains:
        calls["fit"] = lambda data: model.fit(data, y, batch_size=4, shuffle=False, verbose=0)
        calls["fit to batches"] = lambda data: model.fit(batches(data), verbose=0)
    for name, call in calls.items():
        call(x)
        with pytest.raises(IndexRangeError, match=r"from -7 to 6.*\n.*index 7") as caught:
            call(bad)
        notes = "\n".join(caught.value.__notes__)
        assert "words" in notes, (name, notes)
        assert "in batch 2 of the data" in notes, (name, notes)
    with pytest.raises(IndexRangeError, match="index 7"):
        model.predict_on_batch(bad)


def test_looking_for_who_reads_the_data_leaves_no_trace() -> None:
    """The call on symbolic inputs draws nothing: a generator advances by the step's own draw."""

    class Noisy(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.table = layers.Embedding(7, 3)
            self.noise = keras.random.SeedGenerator(1)

        def call(self, tokens: Any) -> Any:
            rows = self.table(tokens)
            return rows + keras.random.normal(ops.shape(rows), seed=self.noise)

    model, tokens = Noisy(), np.zeros((4, 2), "int32")
    model.compile(None)
    model(tokens)
    before = array(model.noise.state)
    model.predict(tokens, verbose=0)
    assert (array(model.noise.state) - before).tolist() == [0, 1]


def test_tokens_that_are_made_in_range_are_no_error() -> None:
    """What is done to the data before the table sees it counts: nothing is refused that would work."""
    words = keras.Input((2,), dtype="int32")
    model = keras.Model(words, layers.Embedding(7, 3, weights=TABLE)(ops.clip(words, 0, 6)))
    tokens = np.array([[1, 99], [2, 3]], "int32")
    np.testing.assert_array_equal(model.predict(tokens, verbose=0), TABLE[[[1, 6], [2, 3]]])


def test_padding_token_is_masked() -> None:
    """With `mask_zero` the rows carry a mask; without they do not."""
    tokens = np.array([[1, 0, 2], [0, 0, 3]], "int32")
    for name in ("Embedding", "ReversibleEmbedding"):
        kind = getattr(layers, name)
        y = kind(7, 3, mask_zero=True)(tokens)
        np.testing.assert_array_equal(array(get_mask(y)), tokens != 0)
        assert get_mask(kind(7, 3)(tokens)) is None
    mask = layers.Embedding(7, 3, mask_zero=True).compute_mask(ops.convert_to_tensor(tokens))
    np.testing.assert_array_equal(array(mask), tokens != 0)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cap", [None, 2.0])
def test_reverse_is_a_product_with_the_table(tied: bool, cap: float | None) -> None:
    """With the transposed table, or with one of its own; bounded by `cap * tanh(x / cap)`."""
    layer = layers.ReversibleEmbedding(7, 3, tie_weights=tied, logit_soft_cap=cap)
    layer.build()
    table, *back = (w.astype(np.float64) for w in layer.get_weights())
    x = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32") * 20
    expected = x.astype(np.float64) @ (table.T if tied else back[0])
    expected = expected if cap is None else cap * np.tanh(expected / cap)
    assert_close(array(layer(x, reverse=True)), expected, "float32", 64)
    assert layer(keras.Input((4, 3)), reverse=True).shape == (None, 4, 7)


def test_lora_of_a_table_adds_a_low_rank_product(tmp_path) -> None:
    """`table + a @ b * alpha / rank`; the table is frozen, and files hold the sum."""
    layer = layers.Embedding(7, 3, weights=TABLE)
    layer.enable_lora(2, lora_alpha=6)
    assert [v.name for v in layer.trainable_weights] == ["lora_embeddings_a", "lora_embeddings_b"]
    for v in layer.trainable_weights:
        v.assign(np.random.default_rng(1).normal(size=v.shape))
    a, b = (v.numpy().astype(np.float64) for v in layer.trainable_weights)
    expected = TABLE + a @ b * 3
    tokens = np.arange(7)[None]
    assert_close(array(layer(tokens))[0], expected, "float32", 32)
    assert_close(array(ops.convert_to_tensor(layer.embeddings)), expected, "float32", 32)
    model = keras.Sequential([keras.Input((7,), dtype="int32"), layer])
    model.save_weights(tmp_path / "lora.weights.h5")
    plain = keras.Sequential([keras.Input((7,), dtype="int32"), layers.Embedding(7, 3)])
    plain.load_weights(tmp_path / "lora.weights.h5")
    assert_close(plain.get_weights()[0], expected, "float32", 32)
    with pytest.raises(StateError, match="enabled once"):
        layer.enable_lora(2)


def test_embedding_refuses_what_is_no_table() -> None:
    """One clear error each."""
    with pytest.raises(ArgumentError, match="`input_dim` is an integer from 1 on"):
        layers.Embedding(0, 3)
    with pytest.raises(ArgumentError, match="`output_dim` is an integer from 1 on"):
        layers.Embedding(3, True)
    with pytest.raises(NotBuiltError, match="built before it has its table"):
        _ = layers.Embedding(3, 2).embeddings
    with pytest.raises(ArgumentError, match="`logit_soft_cap` is above 0"):
        layers.ReversibleEmbedding(3, 2, logit_soft_cap=0.0)
    with pytest.raises(ShapeError, match="keeps its shape"):
        layers.Embedding(3, 2, weights=TABLE)


@pytest.mark.parametrize("value", [0.0, -1.5, [1.0, 2.0]])
def test_masking_marks_steps_of_one_value(value) -> None:
    """These steps are zeros, and marked as padding; a mask that was there is replaced."""
    x = np.random.default_rng(0).normal(size=(2, 3, 2)).astype("float32")
    x[0, 1] = value
    x[1, 2, 0] = np.ravel(value)[0]
    layer = layers.Masking(value)
    kept = np.array([[True, False, True], [True, True, True]])
    for given in (None, np.zeros((2, 3), bool)):
        tensor = ops.convert_to_tensor(x)
        set_mask(tensor, None if given is None else ops.convert_to_tensor(given))
        y = layer(tensor)
        np.testing.assert_array_equal(array(y), np.where(kept[:, :, None], x, 0))
        np.testing.assert_array_equal(array(get_mask(y)), kept)
    twin = layers.Masking.from_config(layer.get_config())
    np.testing.assert_array_equal(array(twin(x)), array(layer(x)))


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_softmax_leaves_masked_entries_out(axis, dtype: str) -> None:
    """They are 0, and the others add up to 1; where all are masked, all are 0."""
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    kept = np.random.default_rng(1).random((2, 3, 4)) > 0.4
    kept[0] = False
    powers = np.where(kept, np.exp(x.astype(np.float64)), 0.0)
    total = powers.sum(axis=axis, keepdims=True)
    expected = np.divide(powers, total, out=np.zeros_like(powers), where=total > 0)
    y = layers.Softmax(axis)(x, mask=ops.convert_to_tensor(kept.astype(dtype)))
    assert_close(array(y), expected, "float32", 16)


def test_softmax_refuses_a_mask_of_another_shape() -> None:
    """One error that names the layer."""
    layer = layers.Softmax(name="weights")
    for shape in ((3, 4), (1, 2, 3), (2, 2)):
        with pytest.raises(ShapeError, match="A mask for 'weights' broadcasts with the inputs"):
            layer(np.zeros((2, 3), "float32"), mask=np.ones(shape, bool))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.ELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
        (layers.LeakyReLU(0.25), lambda x: np.where(x > 0, x, x / 4)),
        (layers.ReLU(), lambda x: np.maximum(x, 0)),
        (layers.ReLU(1.0, 0.5, 0.25), lambda x: np.where(x >= 1, 1, np.where(x >= 0.25, x, 0.5 * (x - 0.25)))),
        (layers.PReLU("ones"), lambda x: x),
        (layers.Softmax(1), lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
        (layers.ActivityRegularization(0.5), lambda x: x),
    ],
    ids=lambda x: type(x).__name__,
)
def test_activation_layers_are_their_formulas(layer, expected) -> None:
    """Against NumPy in float64; masks are handed on."""
    layer = type(layer).from_config(layer.get_config())
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    assert_close(array(layer(x)), expected(x.astype(np.float64)), "float32", 32)
    marked = ops.convert_to_tensor(x)
    mask = np.array([[True, False, True], [True, True, True]])
    set_mask(marked, ops.convert_to_tensor(mask[..., None] if type(layer).__name__ == "Softmax" else mask))
    assert get_mask(layer(marked)) is not None


@pytest.mark.parametrize("name", ["negative_slope", "threshold", "max_value"])
def test_relu_refuses_numbers_below_zero(name: str) -> None:
    """One clear error each."""
    with pytest.raises(ArgumentError, match=f"`{name}` is a number from 0 on"):
        layers.ReLU(**{name: -1.0})
    with pytest.raises(ArgumentError, match="`negative_slope` is a number from 0 on"):
        layers.LeakyReLU(-0.5)


def test_slopes_need_known_sizes() -> None:
    """PReLU has one for each entry, but along shared axes."""
    with pytest.raises(ShapeError, match="not shared have known sizes"):
        layers.PReLU()(keras.Input((None, 3)))
    assert layers.PReLU(shared_axes=[1])(keras.Input((None, 3))).shape == (None, None, 3)
