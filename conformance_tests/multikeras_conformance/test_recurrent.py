"""Recurrences: against slow loops in NumPy; padding that changes nothing, states, cells of all kinds, bad arguments."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, NotSupportedError, ShapeError, StructureError
from multikeras.state.masks import get_mask
from multikeras.testing import assert_close

KINDS = ("LSTM", "GRU", "SimpleRNN")
BATCH, STEPS, FEATURES, UNITS = 3, 6, 4, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, STEPS, FEATURES)).astype("float32")
LENGTHS = (6, 2, 4)
PADDED = np.arange(STEPS)[None] < np.array(LENGTHS)[:, None]
HOLES = np.array([[0, 1, 0, 1, 1, 0], [1, 1, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0]], bool)


def array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def step_of(kind: str, weights, x, states):
    """One row, one step, in float64."""
    kernel, recurrent, bias = (w.astype(np.float64) for w in weights)
    h = states[0]
    if kind == "SimpleRNN":
        return [np.tanh(x @ kernel + h @ recurrent + bias)]
    if kind == "LSTM":
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = logistic(f) * states[1] + logistic(i) * np.tanh(g)
        return [logistic(o) * np.tanh(c), c]
    a, b = x @ kernel + bias[0], h @ recurrent + bias[1]
    (a_z, a_r, a_n), (b_z, b_r, b_n) = np.split(a, 3), np.split(b, 3)
    z = logistic(a_z + b_z)
    return [z * h + (1 - z) * np.tanh(a_n + logistic(a_r + b_r) * b_n)]


def oracle(kind: str, weights, x, mask=None, states=None, zeros=False):
    """Outputs of all steps, and the last states, row by row."""
    count = 2 if kind == "LSTM" else 1
    outputs = np.zeros((*x.shape[:2], weights[1].shape[0]))
    last = [np.zeros((len(x), weights[1].shape[0])) for _ in range(count)]
    for row in range(len(x)):
        now = [np.zeros(weights[1].shape[0]) if states is None else s[row].astype(np.float64) for s in states or last]
        before = np.zeros(weights[1].shape[0])
        for t in range(x.shape[1]):
            if mask is None or mask[row, t]:
                now = step_of(kind, weights, x[row, t].astype(np.float64), now)
                before = now[0]
            elif zeros:
                before = np.zeros_like(before)
            outputs[row, t] = before
        for kept, s in zip(last, now, strict=True):
            kept[row] = s
    return outputs, last


def made(kind: str, **arguments):
    layer = getattr(layers, kind)(UNITS, bias_initializer="uniform", **arguments)
    layer.build(X.shape)
    return layer


@pytest.mark.parametrize("fused", [True, False], ids=["fused", "stepwise"])
@pytest.mark.parametrize("masked", [None, "padded", "holes"])
@pytest.mark.parametrize("kind", KINDS)
def test_recurrence_is_its_formula(kind: str, masked, fused: bool) -> None:
    """Outputs and states, with masks of all kinds, given states, and both ways to treat the outputs of masked steps; as
    a whole and step by step."""
    if kind == "SimpleRNN" and not fused:
        return
    switch = {} if kind == "SimpleRNN" else {"use_cudnn": "auto" if fused else False}
    mask = {"padded": PADDED, "holes": HOLES, None: None}[masked]
    count = 2 if kind == "LSTM" else 1
    states = [RNG.normal(size=(BATCH, UNITS)).astype("float32") for _ in range(count)]
    for given in (None, states):
        for zeros in (False, True):
            layer = made(kind, return_sequences=True, return_state=True, zero_output_for_mask=zeros, **switch)
            outputs, *last = layer(X, initial_state=given, mask=None if mask is None else ops.convert_to_tensor(mask))
            expected, expected_states = oracle(kind, layer.get_weights(), X, mask, given, zeros)
            assert_close(array(outputs), expected, "float32", 64)
            for a, b in zip(last, expected_states, strict=True):
                assert_close(array(a), b, "float32", 64)


@pytest.mark.parametrize("kind", KINDS)
def test_last_output_is_that_of_the_last_step(kind: str) -> None:
    """With and without a mask, forwards and backwards."""
    for mask in (None, PADDED, HOLES):
        given = None if mask is None else ops.convert_to_tensor(mask)
        for backwards in (False, True):
            layer = made(kind, go_backwards=backwards)
            x, flipped = (X[:, ::-1], mask if mask is None else mask[:, ::-1]) if backwards else (X, mask)
            expected, _ = oracle(kind, layer.get_weights(), x, flipped)
            assert_close(array(layer(X, mask=given)), expected[:, -1], "float32", 64)
            layer.return_sequences = True
            assert_close(array(layer(X, mask=given)), expected, "float32", 64)


@pytest.mark.parametrize("wrap", ["plain", "both directions", "stack"])
@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: str, wrap: str) -> None:
    """Each padded and masked sequence gives the output, and the gradients, that it gives alone and unpadded."""

    def build():
        inner = getattr(layers, kind)(UNITS, bias_initializer="uniform")
        if wrap == "both directions":
            return layers.Bidirectional(inner)
        return layers.RNN([inner.cell, layers.GRUCell(3)]) if wrap == "stack" else inner

    layer = build()
    spoiled = np.where(PADDED[..., None], X, 1e3).astype("float32")
    padded = ops.convert_to_tensor(spoiled)
    mask = ops.convert_to_tensor(PADDED)
    # One of them where a layer is inside another: its own test has them all.
    rows = [row for row, length in enumerate(LENGTHS) if length < STEPS][: None if wrap == "plain" else 1]
    alone = [ops.convert_to_tensor(X[row : row + 1, : LENGTHS[row]]) for row in rows]
    if Capability.GRADIENTS not in current().can:
        outputs = array(layer(padded, mask=mask))
        for row, x in zip(rows, alone, strict=True):
            assert_close(outputs[row], array(layer(x))[0], "float32", 64)
        return
    layer.build(X.shape)
    weights = layer.trainable_weights
    direction = np.random.default_rng(2).normal(size=layer.compute_output_shape(X.shape)).astype("float32")
    # Sequences that are not looked at take no part.
    direction[[row for row in range(BATCH) if row not in rows]] = 0

    def of_all():
        y = layer(padded, mask=mask)
        return ops.sum(y * ops.convert_to_tensor(direction)), y

    def one_by_one():
        ys = [layer(x) for x in alone]
        sums = [ops.sum(y * ops.convert_to_tensor(direction[row])) for row, y in zip(rows, ys, strict=True)]
        return sum(sums[1:], sums[0]), ys

    (_, outputs), received = keras.value_and_grad(of_all, weights, has_aux=True)
    (_, found), expected = keras.value_and_grad(one_by_one, weights, has_aux=True)
    for row, y in zip(rows, found, strict=True):
        assert_close(array(outputs)[row], array(y)[0], "float32", 64)
    for a, b, v in zip(received, expected, weights, strict=True):
        np.testing.assert_allclose(array(a), array(b), rtol=2e-4, atol=2e-5, err_msg=v.path)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_whole_and_stepwise_have_equal_gradients(kind: str) -> None:
    """With respect to weights and to given states, under a mask with holes."""
    if Capability.GRADIENTS not in current().can:
        return
    mask = ops.convert_to_tensor(HOLES)
    fused, stepwise = made(kind, return_sequences=True), made(kind, return_sequences=True, use_cudnn=False)
    stepwise.set_weights(fused.get_weights())
    assert fused.kernel_reason is None
    assert stepwise.kernel_reason == "use_cudnn=False"
    count = 2 if kind == "LSTM" else 1
    states = [keras.Variable(RNG.normal(size=(BATCH, UNITS)).astype("float32")) for _ in range(count)]
    direction = ops.convert_to_tensor(RNG.normal(size=(BATCH, STEPS, UNITS)).astype("float32"))
    found = []
    for layer in (fused, stepwise):

        def scalar(layer=layer):
            return ops.sum(layer(X, initial_state=[s.value for s in states], mask=mask) * direction)

        found.append(keras.value_and_grad(scalar, [*layer.trainable_weights, *states])[1])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(array(a), array(b), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_no_recurrent_activation_is_the_identity(kind: str) -> None:
    """As no activation is."""
    without, linear = made(kind, recurrent_activation=None), made(kind, recurrent_activation="linear")
    linear.set_weights(without.get_weights())
    np.testing.assert_array_equal(array(without(X)), array(linear(X)))


def test_masks_go_on_where_there_are_steps() -> None:
    """Outputs of all steps carry the mask of the inputs, a last output and states carry none."""
    from multikeras.state.masks import set_mask

    mask = ops.convert_to_tensor(PADDED)
    for kind, more in (("LSTM", {}), ("Bidirectional", {"layer": layers.GRU(2, return_sequences=True)})):
        x = ops.convert_to_tensor(X.copy())
        set_mask(x, mask)
        arguments = more or {"units": 3, "return_sequences": True, "return_state": True}
        result = getattr(layers, kind)(**arguments)(x)
        outputs, *states = result if isinstance(result, tuple) else (result,)
        np.testing.assert_array_equal(array(get_mask(outputs)), PADDED)
        assert all(get_mask(s) is None for s in states)
    x = ops.convert_to_tensor(X.copy())
    set_mask(x, mask)
    assert get_mask(layers.GRU(3)(x)) is None


# -- Cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_cell_is_one_step(kind: str) -> None:
    """A cell called by hand, step after step, gives what its layer gives."""
    layer = made(kind, return_sequences=True)
    states = layer.cell.get_initial_state(BATCH)
    for t in range(STEPS):
        output, states = layer.cell(ops.convert_to_tensor(X[:, t]), states)
        assert_close(array(output), array(layer(X))[:, t], "float32", 64)
    # Without a list there is one state.
    if kind != "LSTM":
        _, after = layer.cell(ops.convert_to_tensor(X[:, 0]), states[0])
        assert after.shape == (BATCH, UNITS)


class Decaying:
    """A cell that is no layer: a running mean."""

    state_size = FEATURES

    def call(self, inputs, states):
        mean = states[0] * 0.5 + inputs
        return mean, [mean]


class Pair(layers.Layer):
    """A cell with states of two sizes, an output of a third, its own first states, and `training`."""

    state_size = (2, 3)
    output_size = 1

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2), name="kernel")

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 2)), ops.zeros((batch_size, 3))]

    def call(self, inputs, states, training=False):
        a, b = states
        a = a + ops.matmul(inputs, self.kernel)
        b = b + (1.0 if training else 2.0)
        return ops.sum(a, axis=-1, keepdims=True), (a, b)


def test_any_object_is_a_cell() -> None:
    """Classes that are no layers, with states of several sizes, alone and in a stack."""
    expected = np.zeros((BATCH, FEATURES))
    for t in range(STEPS):
        expected = expected * 0.5 + X[:, t]
    assert_close(array(layers.RNN(Decaying())(X)), expected, "float32", 64)
    layer = layers.RNN(Pair(), return_state=True)
    output, a, b = layer(X)
    total = 1.0 + X.astype(np.float64).sum(1) @ layer.cell.kernel.numpy().astype(np.float64)
    assert_close(array(a), total, "float32", 64)
    assert_close(array(output), total.sum(-1, keepdims=True), "float32", 64)
    np.testing.assert_array_equal(array(b), 2.0 * STEPS)
    np.testing.assert_array_equal(array(layer(X, training=True)[2]), 1.0 * STEPS)
    output, first, second = layers.RNN([Decaying(), Pair()], return_state=True)(X)
    assert [output.shape, first.shape, *(s.shape for s in second)] == [(BATCH, 1), (BATCH, 4), (BATCH, 2), (BATCH, 3)]
    assert layers.RNN(Pair(), return_sequences=True)(keras.KerasTensor((None, None, 4))).shape == (None, None, 1)


def test_stack_is_layers_one_after_another() -> None:
    """Cells in a stack give what layers with their weights give in turn, under a mask too."""
    cells = [layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(2)]
    stack = layers.RNN(cells, return_sequences=True)
    for mask in (None, ops.convert_to_tensor(PADDED)):
        received = stack(X, mask=mask)
        y = ops.convert_to_tensor(X)
        for cell in cells:
            y = layers.RNN(cell, return_sequences=True)(y, mask=mask)
        assert_close(array(received), array(y), "float32", 64)


# -- States -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_stateful_layer_goes_on(kind: str) -> None:
    """Two halves of a sequence in turn give what the whole gives; resetting starts again. States are no weights."""
    whole = made(kind, return_sequences=True)
    layer = made(kind, return_sequences=True, stateful=True)
    layer.set_weights(whole.get_weights())
    expected = array(whole(X))
    for _ in range(2):
        halves = [array(layer(X[:, :2])), array(layer(X[:, 2:]))]
        assert_close(np.concatenate(halves, axis=1), expected, "float32", 64)
        layer.reset_state()
    assert len(layer.weights) == 3
    with pytest.raises(ShapeError, match="batches of 3"):
        layer(X[:2])
    with pytest.raises(ArgumentError, match="known batch size"):
        getattr(layers, kind)(3, stateful=True).build((None, 4, 2))


def test_stateful_layer_is_trained() -> None:
    """`fit` keeps the states from batch to batch, in compiled steps too."""
    if Capability.GRADIENTS not in current().can:
        return
    model = keras.Sequential([keras.Input((STEPS, FEATURES), batch_size=BATCH), layers.LSTM(UNITS, stateful=True)])
    model.compile("sgd", "mse")
    model.fit(np.concatenate([X, X]), np.zeros((2 * BATCH, UNITS)), batch_size=BATCH, shuffle=False, verbose=0)
    kept = [v.numpy() for v in model.layers[-1].states]
    assert all(np.any(s != 0) for s in kept)
    model.predict(X, batch_size=BATCH, verbose=0)
    assert any(np.any(v.numpy() != s) for v, s in zip(model.layers[-1].states, kept, strict=True))


def test_states_are_handed_from_layer_to_layer() -> None:
    """An encoder's states start a decoder, in a graph: with the weights of one layer, the second goes on."""
    inputs = [keras.Input((None, FEATURES)), keras.Input((None, FEATURES))]
    encoder, decoder = layers.LSTM(UNITS, return_state=True), layers.LSTM(UNITS)
    _, h, c = encoder(inputs[0])
    model = keras.Model(inputs, decoder(inputs[1], initial_state=[h, c]))
    decoder.set_weights(encoder.get_weights())
    received = model.predict([X[:, :2], X[:, 2:]], verbose=0)
    assert_close(received, array(encoder(X)[0]), "float32", 64)


# -- Both directions, and layers in time ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_directions_are_merged(mode) -> None:
    """The backward layer sees the steps in reverse, and its outputs are put back in order; masked steps give zeros."""
    layer = layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True), merge_mode=mode)
    result = layer(X, mask=ops.convert_to_tensor(PADDED))
    weights = layer.get_weights()
    ahead, _ = oracle("LSTM", weights[:3], X, PADDED, zeros=True)
    back, _ = oracle("LSTM", weights[3:], X[:, ::-1], PADDED[:, ::-1], zeros=True)
    back = back[:, ::-1]
    expected = {
        "concat": lambda: np.concatenate([ahead, back], -1),
        "sum": lambda: ahead + back,
        "mul": lambda: ahead * back,
        "ave": lambda: (ahead + back) / 2,
        None: lambda: (ahead, back),
    }[mode]()
    for a, b in zip(result if mode is None else [result], expected if mode is None else [expected], strict=True):
        assert_close(array(a), b, "float32", 64)


def test_statistics_in_time_are_those_of_each_step() -> None:
    """A layer that learns statistics of batches is called for one step after another in training."""
    layer = layers.TimeDistributed(layers.BatchNormalization(momentum=0.5, epsilon=1e-3))
    y = array(layer(X, training=True))
    wide = X.astype(np.float64)
    expected = (wide - wide.mean(0)) / np.sqrt(wide.var(0) + 1e-3)
    assert_close(y, expected, "float32", 256)
    moving = np.zeros(FEATURES)
    for t in range(STEPS):
        moving = 0.5 * moving + 0.5 * wide[:, t].mean(0)
    assert_close(layer.layer.moving_mean.numpy(), moving, "float32", 64)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_the_same_in_each_step(kind: str) -> None:
    """A feature that is dropped is dropped in all steps: with equal inputs, a cell without memory repeats itself."""
    layer = getattr(layers, kind)(
        UNITS, dropout=0.5, recurrent_initializer="zeros", activation="linear", return_sequences=True, seed=1
    )
    if kind != "SimpleRNN":
        layer.cell.recurrent_activation = lambda x: ops.ones_like(x) if kind == "LSTM" else ops.zeros_like(x)
    y = array(layer(np.ones((BATCH, STEPS, FEATURES), "float32"), training=True))
    if kind == "LSTM":
        # An open memory adds up what enters it.
        y = y / np.arange(1, STEPS + 1)[None, :, None]
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1], y.shape), rtol=1e-5, atol=1e-6)
    again = array(layer(np.ones((BATCH, STEPS, FEATURES), "float32"), training=True))
    assert not np.allclose(again, y)


# -- Bad arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: layers.LSTM(4, name="memory")(X, initial_state=[X[:, 0]]), StructureError, "'memory' has 2 states"),
        (
            lambda: layers.GRU(4, name="memory")(X, initial_state=np.zeros((BATCH, 3), "float32")),
            ShapeError,
            r"state of layer 'memory' has the shape \(3, 4\)",
        ),
        (
            lambda: layers.SimpleRNN(4, name="memory")(X, initial_state=[np.zeros((1, 4), "float32")]),
            ShapeError,
            "state of layer 'memory'",
        ),
        (
            lambda: layers.LSTM(4, name="memory")(keras.Input((6, 4)), initial_state=[keras.Input((4,))]),
            StructureError,
            "'memory' has 2 states",
        ),
        (
            lambda: layers.GRU(4, name="memory")(keras.Input((6, 4)), initial_state=keras.Input((3,))),
            ShapeError,
            r"state of layer 'memory' has the shape \(None, 4\)",
        ),
        (lambda: layers.LSTM(4, name="memory")(X, mask=PADDED[:, :2]), ShapeError, "mask of layer 'memory'"),
        (lambda: layers.GRU(4, name="memory")(X, mask=PADDED[:1]), ShapeError, "mask of layer 'memory'"),
        (
            lambda: layers.TimeDistributed(layers.Dense(2), name="memory")(X, mask=PADDED[:, :2]),
            ShapeError,
            "mask of layer 'memory'",
        ),
        (lambda: layers.LSTM(4)(X[:, 0]), ShapeError, "3 axes"),
        (lambda: layers.LSTM(0), ArgumentError, "`units`"),
        (lambda: layers.GRU(4, dropout=1.5), ArgumentError, "`dropout` is a probability"),
        (lambda: layers.RNN(object()), ArgumentError, "A cell has `call`"),
        (lambda: layers.RNN([]), ArgumentError, "a cell or more"),
        (lambda: layers.LSTM(4, use_cudnn=True, activation="relu")(X), NotSupportedError, "activation is not tanh"),
        (lambda: layers.Bidirectional(layers.LSTM(4), merge_mode="max"), ArgumentError, "merge_mode"),
        (
            lambda: layers.Bidirectional(layers.LSTM(4), backward_layer=layers.LSTM(4)),
            ArgumentError,
            "runs backwards",
        ),
        (
            lambda: layers.Bidirectional(layers.LSTM(4))(X, initial_state=[X[:, 0]] * 3),
            StructureError,
            "as many states for one direction",
        ),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_bad_argument_is_named(call, error, match: str) -> None:
    """One error, of ours, the same on all backends, that says which layer."""
    with pytest.raises(error, match=match):
        call()
