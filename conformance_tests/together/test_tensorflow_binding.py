"""On TensorFlow a layer is trackable and a module, and a variable is one to tapes: what users of TensorFlow rely on."""

from __future__ import annotations

import copy
import gc
import itertools
import logging
import mmap
import pathlib
import pickle

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 16, size=(24, 8, 8, 1)).astype("float32")
LABELS = RNG.integers(0, 10, size=24)


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras.use_backend("tensorflow"):
        keras.utils.set_random_seed(1)
        yield


@pytest.fixture
def digits_network(digits_example):
    """Makes the network of the main job."""
    return digits_example.network


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model):
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=crossentropy())
    return model


class Tower(keras.Model):
    """Layers in an attribute, a list and a dict, two of them with one name; weights in a list; state of all kinds."""

    def __init__(self):
        super().__init__()
        self.first = layers.Dense(4, name="same")
        self.blocks = [layers.Dense(4, name="same"), layers.BatchNormalization()]
        self.heads = {"a": layers.Dense(2), "b": layers.Dropout(0.5, seed=3)}
        self.count = tf.Variable(0, name="count")

    def build(self, shape):
        self.scales = [self.add_weight((4,), "ones") for _ in range(2)]
        self.add_weight((), "zeros", name="unnamed")
        self.built = True

    def call(self, x, training=False):
        x = self.blocks[0](self.first(x)) * self.scales[0] + self.scales[1]
        return self.heads["b"](self.heads["a"](self.blocks[1](x, training=training)), training=training)


def values(variables):
    return [v.numpy() for v in variables]


def assert_equal(received, expected):
    assert len(received) == len(expected)
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_array_equal(a, b)


# -- Checkpoints ------------------------------------------------------------------------------------------------------


def test_checkpoint_brings_model_and_optimizer_back(digits_network, tmp_path) -> None:
    """Into another model of another seed, after which both train alike."""
    model = compiled(digits_network())
    model.fit(IMAGES, LABELS, epochs=2, verbose=0, shuffle=False)
    path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(tmp_path / "c")
    keras.utils.set_random_seed(9)
    other = compiled(digits_network())
    other.fit(IMAGES, LABELS, epochs=1, verbose=0)
    assert not np.array_equal(other.get_weights()[0], model.get_weights()[0])
    tf.train.Checkpoint(model=other, optimizer=other.optimizer).restore(path).assert_consumed()
    assert_equal(values(other.variables), values(model.variables))
    assert_equal(values(other.optimizer.variables), values(model.optimizer.variables))
    curves = [m.fit(IMAGES, LABELS, epochs=2, verbose=0, shuffle=False).history["loss"] for m in (model, other)]
    assert curves[0] == curves[1]


def test_checkpoint_restored_first_reaches_what_is_made_later(tmp_path) -> None:
    """Neither the model nor the optimizer has variables yet: they get their values as they are made."""
    model = compiled(Tower())
    x, y = IMAGES[:, :, 0, 0], LABELS % 2
    model.fit(x, y, epochs=2, verbose=0)
    model.count.assign(5)
    path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(tmp_path / "c")
    keras.utils.set_random_seed(9)
    other = compiled(Tower())
    status = tf.train.Checkpoint(model=other, optimizer=other.optimizer).restore(path)
    assert int(other.count) == 5
    other(x)
    other.optimizer.build(other.trainable_variables)
    status.assert_consumed()
    assert_equal(values(other.variables), values(model.variables))
    assert_equal(values(other.optimizer.variables), values(model.optimizer.variables))


def test_checkpoint_holds_every_variable_once(tmp_path) -> None:
    """Layers of one name in a model, and weights that no attribute holds, are there too."""
    model = Tower()
    model(IMAGES[:, :, 0, 0])
    path = tf.train.Checkpoint(model=model).write(tmp_path / "c")
    saved = [name for name, _ in tf.train.list_variables(path) if name.endswith("VARIABLE_VALUE")]
    assert len(saved) == len(model.variables) + 1  # the count is TensorFlow's own
    assert "model/blocks.S0/_kernel/.ATTRIBUTES/VARIABLE_VALUE" in saved


def test_variable_is_restored_by_itself(tmp_path) -> None:
    variable = keras.Variable([1.0, 2.0])
    path = tf.train.Checkpoint(v=variable).save(tmp_path / "c")
    variable.assign([0.0, 0.0])
    tf.train.Checkpoint(v=variable).restore(path).assert_consumed()
    assert variable.numpy().tolist() == [1.0, 2.0]


# -- Modules ----------------------------------------------------------------------------------------------------------


class Holder(tf.Module):
    """A module of TensorFlow with models in an attribute and in a list."""

    def __init__(self, *models):
        super().__init__()
        self.model = models[0]
        self.more = list(models[1:])
        self.own = tf.Variable(1.0)


def test_module_sees_the_variables_of_its_layers(digits_network) -> None:
    """Also those of layers in lists and dicts, frozen ones, and what is added later."""
    network, tower = digits_network(), Tower()
    tower(IMAGES[:, :, 0, 0])
    holder = Holder(network, tower)

    def native(variables):
        return {id(v._storage) for v in variables}

    everything = [*network.variables, *tower.variables]
    assert {id(v) for v in holder.variables} == native(everything) | {id(holder.own), id(tower.count)}
    trained = [*network.trainable_variables, *tower.trainable_variables]
    assert {id(v) for v in holder.trainable_variables} >= native(trained) | {id(holder.own)}
    assert native(tower.non_trainable_variables) <= {id(v) for v in holder.non_trainable_variables}
    assert {id(m) for m in holder.submodules} == {id(layer) for m in (network, tower) for layer in m._flatten_layers()}
    network.layers[1].trainable = False
    frozen = native(network.layers[1].variables)
    assert frozen
    assert not frozen & {id(v) for v in holder.trainable_variables}
    tower.heads["late"] = layers.Dense(2)
    tower.heads["late"].build((None, 4))
    assert native(tower.heads["late"].variables) <= {id(v) for v in holder.variables}


def test_layer_is_a_module_with_a_name_of_its_own() -> None:
    layer = layers.Dense(2, name="mine")
    layer.build((None, 3))
    assert isinstance(layer, tf.Module)
    assert layer.name == "mine"
    assert layer.variables == [layer.kernel, layer.bias]
    with layer.name_scope as scope:
        assert scope == "mine/"


# -- Functions --------------------------------------------------------------------------------------------------------


def test_function_of_the_main_network_traces_once(digits_network, caplog) -> None:
    """A new batch of the same shape runs the same graph, and AutoGraph finds nothing to say of core."""
    network = digits_network()
    inference = tf.function(lambda x: network(x))
    training = tf.function(lambda x: network(x, training=True))
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        for function in (inference, training):
            for start in (0, 8, 16):
                function(tf.constant(IMAGES[start : start + 8]))
            assert function.experimental_get_tracing_count() == 1
    assert not [record for record in caplog.records if "AutoGraph" in record.getMessage()]
    np.testing.assert_allclose(inference(tf.constant(IMAGES[:8])), network(IMAGES[:8]), rtol=1e-5, atol=1e-5)
    assert not np.array_equal(training(tf.constant(IMAGES[:8])), training(tf.constant(IMAGES[:8])))


def test_function_of_unknown_batch_size_traces_once(digits_network) -> None:
    network = digits_network()
    function = tf.function(lambda x: network(x), input_signature=[tf.TensorSpec((None, 8, 8, 1))])
    for size in (3, 8, 1):
        np.testing.assert_allclose(function(IMAGES[:size]), network(IMAGES[:size]), rtol=1e-5, atol=1e-5)
    assert function.experimental_get_tracing_count() == 1


def test_function_traced_without_a_tape_has_gradients_under_one(digits_network) -> None:
    """The graph knows the variables that it reads, whoever was watching when it was made."""
    network = digits_network()
    function = tf.function(lambda x: network(x))
    function(tf.constant(IMAGES))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(function(tf.constant(IMAGES))))
    received = tape.gradient(loss, network.trainable_variables)
    _, expected = keras.value_and_grad(lambda: ops.mean(ops.square(network(IMAGES))), network.trainable_variables)
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_variable_assigned_in_a_function_changes_at_every_call() -> None:
    total = keras.Variable(0.0)

    @tf.function
    def add(x):
        for _ in tf.range(2):
            total.assign_add(x)
        return total.value

    assert [float(add(tf.constant(3.0))) for _ in range(2)] == [6.0, 12.0]
    assert float(total) == 12.0


# -- Tapes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "function"])
def test_loop_with_a_tape_trains_as_fit_does(digits_network, wrap) -> None:
    """The loop that Keras's guide for TensorFlow shows."""
    keras.utils.set_random_seed(4)
    fitted = compiled(digits_network())
    batches = [(IMAGES[i : i + 8], LABELS[i : i + 8]) for i in range(0, 24, 8)]
    expected = [fitted.train_on_batch(*batch) for batch in batches]
    # `train_on_batch` returns the mean over the batches so far.
    expected = [
        expected[0],
        *(float(b * (i + 2) - a * (i + 1)) for i, (a, b) in enumerate(itertools.pairwise(expected))),
    ]
    keras.utils.set_random_seed(4)
    model, optimizer, loss_fn = digits_network(), keras.optimizers.Adam(0.01), crossentropy()

    @wrap
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply(gradients, model.trainable_weights)
        return loss

    optimizer.build(model.trainable_weights)
    received = [float(step(tf.constant(x), tf.constant(y))) for x, y in batches]
    assert received == pytest.approx(expected, rel=1e-4)
    for a, b in zip(model.get_weights(), fitted.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


KERNELS = {
    "matmul": lambda v: tf.matmul(tf.ones((3, 2)), v),
    "operator of a tensor": lambda v: tf.ones((2, 2)) * v,
    "operator of a variable": lambda v: v * tf.ones((2, 2)),
    "activation": tf.nn.relu,
    "stack": lambda v: tf.stack([v, v]),
    "transpose": tf.transpose,
    "einsum": lambda v: tf.einsum("ij,jk->ik", v, v),
    "gather": lambda v: tf.gather(v, [1, 1]),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_take_variables_and_have_gradients(kernel) -> None:
    """A variable where TensorFlow takes a tensor is read, and not turned into an array on the way."""
    variable = keras.Variable([[1.0, -2.0], [3.0, 4.0]])
    native = tf.Variable(variable.numpy())
    found = []
    for v in (variable, native):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(KERNELS[kernel](v)))
        found.append((loss, tape.gradient(loss, v)))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(tf.convert_to_tensor(found[0][1]), tf.convert_to_tensor(found[1][1]))


def test_variable_reads_in_the_compute_dtype_of_its_layer() -> None:
    """TensorFlow's kernels in a layer of mixed precision get half floats, as ops do."""

    class Linear(layers.Dense):
        def call(self, x):
            return tf.matmul(x, self.kernel)

    layer = Linear(3, dtype="mixed_float16")
    assert layer(tf.ones((2, 2))).dtype is tf.float16
    assert layer.kernel.dtype == "float32"


def test_tape_has_second_derivatives_and_jacobians() -> None:
    variable = keras.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss = tf.reduce_sum(variable * variable * variable)
        slope = inner.gradient(loss, {"v": variable})["v"]
        total = tf.reduce_sum(slope)
    assert outer.gradient(total, variable).numpy().tolist() == [6.0, 12.0]
    with tf.GradientTape() as tape:
        squares = variable * variable
    assert tape.jacobian(squares, variable).numpy().tolist() == [[2.0, 0.0], [0.0, 4.0]]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"clipnorm": 0.1}, {"clipvalue": 0.1}, {"global_clipnorm": 0.1}],
    ids=["plain", "norm", "value", "all"],
)
def test_gradients_of_gathered_rows_are_applied(arguments) -> None:
    """They come as rows and places, a place twice; the step is that of the whole gradient."""
    found = []
    for whole in (False, True):
        table = keras.Variable(np.ones((5, 2), "float32"))
        optimizer = keras.optimizers.Adam(0.1, **arguments)
        optimizer.build([table])
        for _ in range(2):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(ops.take(table, tf.constant([1, 3, 1]), axis=0) * [[1.0, 2.0]])
            gradient = tape.gradient(loss, table)
            assert isinstance(gradient, tf.IndexedSlices)
            optimizer.apply([tf.convert_to_tensor(gradient) if whole else gradient], [table])
        found.append(table.numpy())
    np.testing.assert_array_equal(*found)
    assert found[0][1, 0] < 1
    assert found[0][0, 0] == 1


# -- Graphs of layers -------------------------------------------------------------------------------------------------


class Native(layers.Layer):
    """A layer that calls TensorFlow alone, has two outputs and adds a loss."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(3)

    def call(self, x):
        wide = self.dense(tf.reshape(x, (-1, 8)))
        self.add_loss(tf.reduce_mean(wide))
        return tf.nn.relu(wide), {"largest": tf.argmax(wide, axis=-1, output_type=tf.int32)}


def test_layer_of_kernels_is_part_of_a_graph() -> None:
    """Shapes come from a trace, unknown sizes too; nothing of the trace is left behind."""
    inputs = keras.Input((4, 2))
    layer = Native()
    outputs, more = layer(inputs)
    assert (outputs.shape, outputs.dtype) == ((None, 3), "float32")
    assert (more["largest"].shape, more["largest"].dtype) == ((None,), "int32")
    assert layer.losses == []
    model = keras.Model(inputs, layers.Dense(1)(outputs))
    x = IMAGES[:, :4, :2, 0]
    np.testing.assert_allclose(
        model(x), model.layers[-1](np.maximum(layer.dense(x.reshape(24, 8)).numpy(), 0)), rtol=1e-5, atol=1e-6
    )
    model.compile(optimizer="sgd", loss="mse")
    expected = np.mean(np.square(model(x))) + np.mean(layer.dense(x.reshape(24, 8)))
    assert model.evaluate(x, np.zeros((24, 1)), batch_size=24, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_layer_of_kernels_says_what_fails_in_it() -> None:
    """The error of the framework, with the layer that it happened in."""

    class Wrong(layers.Layer):
        def call(self, x):
            return tf.matmul(x, tf.ones((5, 2)))

    with pytest.raises(ValueError, match="must be equal, but are 3 and 5") as raised:
        Wrong(name="wrong")(keras.Input((3,)))
    assert "in layer 'wrong' (Wrong)" in raised.value.__notes__[-1]


def test_model_of_kernels_is_built_by_its_first_call() -> None:
    """A subclass that makes its layers itself and calls TensorFlow between them."""

    class Flat(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(tf.reshape(x, (-1, 64)))

    called, built, fitted = Flat(), Flat(), Flat()
    assert called(IMAGES).shape == (24, 2)
    built.build((None, 8, 8, 1))
    fitted.compile(optimizer="sgd", loss="mse")
    fitted.fit(IMAGES, np.zeros((24, 2)), verbose=0)
    for model in (called, built, fitted):
        assert model.built
        assert [v.shape for v in model.weights] == [(64, 2), (2,)]


# -- Saved models -----------------------------------------------------------------------------------------------------


def test_saved_module_gives_equal_outputs(digits_network, tmp_path) -> None:
    """A module that holds the model, with a signature of unknown batch size."""

    class Server(tf.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 1))])
        def __call__(self, x):
            return self.model(x)

    server = Server(compiled(digits_network()))
    server.model.fit(IMAGES, LABELS, verbose=0)
    tf.saved_model.save(server, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    for size in (1, 24):
        np.testing.assert_allclose(loaded(IMAGES[:size]), server.model(IMAGES[:size]), rtol=1e-5, atol=1e-5)


def test_saved_model_keeps_functions_of_the_users(tmp_path) -> None:
    """Methods and attributes that are functions of TensorFlow; its variables are trainable after loading."""

    class Scaled(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)
            self.twice = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec((None,))])

        def call(self, x):
            return self.dense(x)

        @tf.function(input_signature=[tf.TensorSpec((None, 3))])
        def serve(self, x):
            return {"y": self(x) * 3}

    model = Scaled()
    x = IMAGES[:4, :3, 0, 0]
    expected = model(x) * 3
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": model.serve})
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.serve(x)["y"], expected, rtol=1e-6)
    np.testing.assert_allclose(loaded.signatures["serving_default"](tf.constant(x))["y"], expected, rtol=1e-6)
    assert loaded.twice(tf.constant([2.0])).numpy().tolist() == [4.0]
    loaded.dense._kernel.assign(tf.zeros_like(loaded.dense._kernel))
    np.testing.assert_allclose(loaded.serve(x)["y"], np.broadcast_to(3 * model.dense.bias.numpy(), (4, 2)), atol=1e-7)


def test_saved_graph_has_a_signature(tmp_path, digits_network) -> None:
    """Without a function of the user's a graph is served as it is called, inside a module too."""
    network = digits_network()
    tf.saved_model.save(network, str(tmp_path / "one"))
    serve = tf.saved_model.load(str(tmp_path / "one")).signatures["serving_default"]
    (result,) = serve(tf.constant(IMAGES)).values()
    np.testing.assert_allclose(result, network(IMAGES), rtol=1e-5, atol=1e-5)
    a, b = keras.Input((3,), name="a"), keras.Input((3,), dtype="int32", name="b")
    several = keras.Model({"a": a, "b": b}, {"sum": layers.Dense(2)(a + ops.cast(b, "float32")), "both": [a, b]})
    tf.saved_model.save(several, str(tmp_path / "two"))
    serve = tf.saved_model.load(str(tmp_path / "two")).signatures["serving_default"]
    x = {"a": tf.constant(IMAGES[:5, :3, 0, 0]), "b": tf.ones((5, 3), tf.int32)}
    expected = several(x)
    results = serve(inputs=x["a"], inputs_1=x["b"])
    assert len(results) == 3
    np.testing.assert_allclose(results["output_2"], expected["sum"], rtol=1e-6)


# -- Memory -----------------------------------------------------------------------------------------------------------

STATISTICS = pathlib.Path("/proc/self/statm")


@pytest.mark.skipif(not STATISTICS.exists(), reason="this system does not tell a process how much memory it has")
def test_layers_come_and_go_without_a_trace() -> None:
    """TensorFlow keeps something of each name that a variable had; the names of layers are counted up."""

    def megabytes():
        gc.collect()
        return int(STATISTICS.read_text().split()[1]) * mmap.PAGESIZE / 2**20

    def build(count):
        for _ in range(count):
            layers.Dense(2).build((None, 3))

    build(50)
    before = megabytes()
    build(300)
    assert megabytes() - before < 5
    layer = layers.Dense(2, name="mine")
    layer.build((None, 3))
    assert [v._storage.name for v in layer.variables] == ["mine/kernel:0", "mine/bias:0"]


# -- Classes ----------------------------------------------------------------------------------------------------------


class Named(keras.Variable):
    """A user's own class of variables."""


class Halving(keras.optimizers.SGD):
    """A user's own optimizer."""


def test_bound_objects_are_copied_and_pickled_as_their_classes() -> None:
    """The class that TensorFlow sees is made in this process, and no pickle knows of it."""
    variable = Named([1.0, 2.0], name="v")
    optimizer = Halving(0.5)
    optimizer.build([variable])
    for twin in (copy.deepcopy(variable), pickle.loads(pickle.dumps(variable))):
        assert type(twin) is type(variable)
        assert isinstance(twin, Named)
        twin.assign([5.0, 6.0])
        assert variable.numpy().tolist() == [1.0, 2.0]
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(twin * twin)
        assert tape.gradient(loss, twin).numpy().tolist() == [10.0, 12.0]
    again = pickle.loads(pickle.dumps(optimizer))
    assert type(again) is type(optimizer)
    assert isinstance(again, Halving)
    assert_equal(values(again.variables), values(optimizer.variables))


def test_other_backends_know_nothing_of_it() -> None:
    """A variable, an optimizer and a layer made on NumPy beside them."""
    bound = type(keras.Variable(1.0))
    with keras.use_backend("numpy"):
        assert type(keras.Variable(1.0)) is keras.Variable
        assert type(keras.optimizers.SGD()) is keras.optimizers.SGD
        assert not isinstance(layers.Dense(2), tf.Module)
    assert issubclass(bound, keras.Variable)
    assert bound.__name__ == "Variable"
    assert hasattr(bound, "handle")
    assert not hasattr(keras.Variable, "handle")


def test_ops_take_variables_of_every_class_each_time() -> None:
    """The second call, which takes a shorter way, reads the variable too."""
    for kind in (keras.Variable, Named):
        v = kind([1.0, 2.0])
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = ops.sum(ops.exp(v))
            np.testing.assert_allclose(tape.gradient(loss, v), np.exp([1.0, 2.0]), rtol=1e-6)
            assert ops.add(v, v).numpy().tolist() == [2.0, 4.0]
