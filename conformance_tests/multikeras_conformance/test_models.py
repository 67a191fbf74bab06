"""Models of the three kinds: values held against layers called one by one, structure, names, copies, files."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import ArgumentError, FileFormatError, NotBuiltError, ShapeError, StructureError

RNG = np.random.default_rng(11)
X = RNG.normal(size=(6, 4)).astype("float32")


def number(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def dense(x: np.ndarray, layer) -> np.ndarray:
    """A Dense layer with ReLU in NumPy."""
    return np.maximum(x @ layer.kernel.numpy() + layer.bias.numpy(), 0)


@keras.saving.register_keras_serializable("test_models")
class Residual(keras.Model):
    """A subclass with layers in a list and in a dict."""

    def __init__(self, width=4, depth=2, **kwargs):
        super().__init__(**kwargs)
        self.width, self.depth = width, depth
        self.blocks = [layers.Dense(width, activation="relu") for _ in range(depth)]
        self.named = {"norm": layers.BatchNormalization(), "head": layers.Dense(2)}

    def call(self, x, training=False):
        for block in self.blocks:
            x = x + block(x)
        return self.named["head"](self.named["norm"](x, training=training))

    def get_config(self):
        return {**super().get_config(), "width": self.width, "depth": self.depth}


def sequential():
    return keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(2)])


def functional():
    x = keras.Input((4,), name="x")
    y = keras.Input((3,), name="y")
    joined = layers.Concatenate()([layers.Dense(5, activation="relu")(x), y])
    return keras.Model({"x": x, "y": y}, {"wide": layers.Dense(2)(joined), "sum": ops.sum(joined, axis=-1)})


def subclass():
    model = Residual()
    model.build((None, 4))
    return model


def inputs_of(model):
    return (
        {"x": X, "y": X[:, :3]} if isinstance(getattr(model, "input", None) if model._function else None, dict) else X
    )


MODELS = [sequential, functional, subclass]


def outputs(model) -> list[np.ndarray]:
    out = model(inputs_of(model))
    return [number(v) for v in (out.values() if isinstance(out, dict) else [out])]


def test_sequential_calls_its_layers_in_order() -> None:
    """Built by an `Input`, or by its first call; layers can be added and taken off."""
    model = sequential()
    first, second = model.layers
    wanted = dense(X, first) @ second.kernel.numpy() + second.bias.numpy()
    np.testing.assert_allclose(number(model(X)), wanted, rtol=1e-4, atol=1e-5)
    late = keras.Sequential([layers.Dense(3)])
    assert not late.built
    assert late(X).shape == (6, 3)
    assert [w.shape for w in late.weights] == [(4, 3), (3,)]
    late.add(layers.Dense(1))
    assert late(X).shape == (6, 1)
    late.pop()
    assert late(X).shape == (6, 3)


def test_shared_layer_has_one_set_of_weights() -> None:
    """Called twice in a graph, it is listed once and gets the sum of both gradients."""
    shared = layers.Dense(3, use_bias=False)
    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], layers.Add()([shared(a), shared(b)]))
    assert len(model.weights) == 1
    assert model.layers.count(shared) == 1
    kernel = shared.kernel.numpy()
    np.testing.assert_allclose(number(model([X, 2 * X])), 3 * X @ kernel, rtol=1e-4, atol=1e-5)
    _, (gradient,) = keras.value_and_grad(lambda: ops.sum(model([X, 2 * X])), model.trainable_variables)
    np.testing.assert_allclose(number(gradient), np.repeat(3 * X.sum(0)[:, None], 3, 1), rtol=1e-4)


def test_nested_models_are_layers() -> None:
    """A functional model and a sequential one inside a functional one; weights found once, in order."""
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="relu")], name="inner")
    x = keras.Input((4,))
    middle = keras.Model(x, layers.Dense(4)(inner(x)), name="middle")
    z = keras.Input((4,))
    outer = keras.Model(z, layers.Add()([middle(z), inner(z)]))
    assert len(outer.weights) == 4
    assert outer.get_layer("middle").get_layer("inner") is inner
    np.testing.assert_allclose(number(outer(X)), number(middle(X)) + number(inner(X)), rtol=1e-5, atol=1e-6)


def test_structures_of_inputs_keep_their_written_order() -> None:
    """Dicts by key or input name in any order, lists by position."""
    b, a = keras.Input((2,), name="b"), keras.Input((3,), name="a")
    model = keras.Model({"b": b, "a": a}, [ops.sum(b, -1), ops.sum(a, -1) * 10])
    one, two = np.ones((1, 2), "float32"), np.ones((1, 3), "float32")
    for given in ({"b": one, "a": two}, {"a": two, "b": one}, [one, two], (one, two)):
        assert [float(number(v)[0]) for v in model(given)] == [2, 30]
    with pytest.raises((StructureError, ShapeError)):
        model({"b": one})
    with pytest.raises(ShapeError):
        model([two, one])


def test_graph_can_be_cut_at_tensors_within() -> None:
    """A model from an inner tensor on, or up to one, shares the layers."""
    x = keras.Input((4,))
    hidden = layers.Dense(5, activation="relu")(x)
    model = keras.Model(x, layers.Dense(2)(hidden))
    front, back = keras.Model(x, hidden), keras.Model(hidden, model.output)
    np.testing.assert_allclose(number(back(front(X))), number(model(X)), rtol=1e-5, atol=1e-6)
    assert {id(v) for v in front.weights + back.weights} == {id(v) for v in model.weights}


@pytest.mark.parametrize("make", MODELS)
def test_weights_go_out_and_in(make) -> None:
    """`get_weights` and `set_weights` carry a model's function over; wrong ones change nothing."""
    model, twin = make(), make()
    twin.set_weights(model.get_weights())
    for a, b in zip(outputs(model), outputs(twin), strict=True):
        np.testing.assert_array_equal(a, b)
    before = twin.get_weights()
    for wrong in (before[:-1], [*before[:-1], np.zeros((7, 7))]):
        with pytest.raises(ShapeError):
            twin.set_weights(wrong)
    for a, b in zip(before, twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.count_params() == sum(w.size for w in before)


@pytest.mark.parametrize("make", MODELS)
def test_model_survives_every_kind_of_copy(make, tmp_path) -> None:
    """Configuration, JSON, deepcopy, pickle, `clone_model` and both kinds of files."""
    model = make()
    wanted = outputs(model)
    kept = model.get_weights()
    path = str(tmp_path / "m.keras")
    model.save(path)
    model.save_weights(str(tmp_path / "m.weights.h5"))
    fresh = type(model).from_config(model.get_config())
    restored = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        keras.saving.load_model(path),
    ]
    if make is not subclass:
        fresh.load_weights(str(tmp_path / "m.weights.h5"))
        restored.append(fresh)
        text = keras.models.model_from_json(model.to_json())
        text.set_weights(kept)
        clone = keras.models.clone_model(model)
        clone.set_weights(kept)
        restored += [text, clone]
        json.loads(model.to_json())
    for twin in restored:
        assert twin is not model
        for a, b in zip(wanted, outputs(twin), strict=True):
            np.testing.assert_array_equal(a, b)
        twin.set_weights([w + 1 for w in kept])
        # Its own layers compute, not those that it was copied from.
        assert not all(np.array_equal(a, b) for a, b in zip(wanted, outputs(twin), strict=True))
    for a, b in zip(kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def trained():
    model = sequential()
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], epochs=1, verbose=0)
    return model


def test_weights_go_into_files_of_a_limited_size(tmp_path) -> None:
    """The index names every file; the state of the optimizer comes back too; what is wrong changes nothing."""
    model, twin = trained(), trained()
    index = tmp_path / "m.weights.json"
    model.save_weights(index, max_shard_size=130 / 2**30)
    files = sorted(p.name for p in tmp_path.iterdir())
    assert files[0] == "m.weights.json"
    assert files[1:] == [f"m_{i:05}.weights.h5" for i in range(len(files) - 1)]
    assert len(files) > 3
    held = json.loads(index.read_text())
    assert held["metadata"]["total_size"] == sum(v.numpy().nbytes for v in model.weights + model.optimizer.variables)
    twin.load_weights(index)
    for a, b in zip(model.weights + model.optimizer.variables, twin.weights + twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for limit in (0, -1, "1", 1 / 2**30):
        with pytest.raises(ArgumentError):
            model.save_weights(index, max_shard_size=limit)
    assert sorted(p.name for p in tmp_path.iterdir()) == files
    (tmp_path / files[2]).unlink()
    before = twin.get_weights()
    for text in (index.read_text(), '{"weight_map": {"/vars": "../m_00000.weights.h5"}}', "{}", "[]", "no json"):
        index.write_text(text)
        with pytest.raises(FileFormatError):
            twin.load_weights(index)
    for a, b in zip(before, twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_are_got_by_name_and_index() -> None:
    """A wrong name or index is an error that says what there is."""
    model = sequential()
    assert model.get_layer(index=-1) is model.layers[-1]
    assert model.get_layer(model.layers[0].name) is model.layers[0]
    with pytest.raises(ArgumentError, match=model.layers[1].name):
        model.get_layer("no_such_layer")
    for wrong in ({}, {"name": "a", "index": 0}, {"index": 9}):
        with pytest.raises(ArgumentError):
            model.get_layer(**wrong)


@pytest.mark.parametrize("make", MODELS)
def test_summary_lists_layers_shapes_and_counts(make) -> None:
    """The table names every layer and adds the parameters up."""
    model = make()
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=120, show_trainable=True, expand_nested=True)
    text = "\n".join(lines)
    for layer in model.layers:
        assert layer.name in text
    trainable = sum(np.prod(v.shape, dtype=int) for v in model.trainable_weights)
    assert f"Total params: {model.count_params():,}" in text
    assert f"Trainable params: {trainable:,}" in text


def test_summary_of_a_model_that_is_not_built_is_an_answer() -> None:
    """It says what is missing, or is an error that does; it does not make weights up."""
    model = keras.Sequential([layers.Dense(3)])
    lines: list[str] = []
    try:
        model.summary(print_fn=lines.append)
    except NotBuiltError:
        return
    assert "(not built)" in "\n".join(lines)
    assert model.weights == []


def test_freezing_a_model_freezes_what_is_in_it() -> None:
    """Weights stay; none is trained, and thawing brings back those that were made to be."""
    model = subclass()
    trained = [v.path for v in model.trainable_weights]
    count = len(model.weights)
    model.trainable = False
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == count
    model.trainable = True
    assert [v.path for v in model.trainable_weights] == trained


def test_training_flag_reaches_layers_inside() -> None:
    """BatchNormalization in a nested model uses batch statistics in training alone."""
    inner = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(momentum=0.5)])
    x = keras.Input((4,))
    model = keras.Model(x, inner(x))
    data = X * 3 + 5
    np.testing.assert_allclose(number(model(data)), data / np.sqrt(1.001), rtol=1e-4)
    normalized = number(model(data, training=True))
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-4)
    moved = inner.layers[0].moving_mean.numpy()
    np.testing.assert_allclose(moved, data.mean(axis=0) * 0.5, rtol=1e-4)


def test_model_to_its_own_backend_is_an_equal_copy() -> None:
    """The same outputs and settings, no shared variables."""
    for make in MODELS:
        model = make()
        twin = model.to_backend(model.backend)
        assert twin is not model
        for a, b in zip(outputs(model), outputs(twin), strict=True):
            np.testing.assert_array_equal(a, b)
        assert not {id(v) for v in model.weights} & {id(v) for v in twin.weights}


def test_wrong_models_are_errors() -> None:
    """Things that are no layers, equal names, outputs without inputs."""
    with pytest.raises(ArgumentError):
        keras.Sequential([layers.Dense(2), "dense"])
    with pytest.raises(ArgumentError):
        keras.Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="a")])
    x, y = keras.Input((2,)), keras.Input((2,))
    with pytest.raises(ArgumentError):
        keras.Model(x, layers.Dense(2)(y))
    with pytest.raises(NotBuiltError):
        _ = keras.Sequential([layers.Dense(2)]).count_params()
    with pytest.raises(NotBuiltError):
        _ = Residual().inputs


def test_deep_models_are_pickled_and_copied() -> None:
    """Neither depends on how many calls lie behind one another."""
    shared = layers.Dense(3)
    start = x = keras.Input((3,))
    for _ in range(400):
        x = layers.Activation("relu")(shared(x) * 0.5)
    model = keras.Model(start, x)
    data = X[:, :3]
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(number(twin(data)), number(model(data)))


def test_a_graph_inside_a_graph_may_be_called_with_every_argument() -> None:
    """By position or by name, also those that say nothing."""
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(2)])
    x = np.ones((4, 3), "float32")
    expected = ops.convert_to_numpy(inner(x))
    for arguments in ({"mask": None}, {"training": False}, {"training": None, "mask": None}):
        inputs = keras.Input((3,))
        outer = keras.Model(inputs, inner(inputs, **arguments))
        np.testing.assert_allclose(ops.convert_to_numpy(outer(x)), expected, rtol=1e-6)
    inputs = keras.Input((3,))
    noisy = keras.Model(inputs, inner(inputs, training=True))
    assert not np.allclose(ops.convert_to_numpy(noisy(x)), expected)
