"""On JAX a model is a pytree, and its calls are functions that JAX transforms: what users of JAX rely on."""

from __future__ import annotations

import gc
import importlib.util
import pathlib
import pickle
import sys
import weakref

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import ArgumentError, NotBuiltError, StateError

jax = pytest.importorskip("jax")
jnp = jax.numpy

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 16, size=(16, 8, 8, 1)).astype("float32")
LABELS = RNG.integers(0, 10, size=16)


@pytest.fixture(autouse=True)
def _on_jax():
    with keras.use_backend("jax"):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(1)
        yield


def digits_network():
    """The network of the main job, from its example."""
    path = pathlib.Path(__file__).parents[2] / "examples" / "digits.py"
    spec = importlib.util.spec_from_file_location("digits_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module.network()


def small(seed=1):
    """Weights, statistics and a seed."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(2)]
    )


X = RNG.normal(size=(6, 3)).astype("float32")
Y = RNG.normal(size=(6, 2)).astype("float32")


def values(variables):
    return [v.value for v in variables]


def assert_equal(received, expected):
    assert len(received) == len(expected)
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def squared_error(trained, others, model, x, y):
    """The loss of a batch and the state after it, as a function of values alone."""
    y_pred, others = model.stateless_call(trained, others, x, training=True)
    return jnp.mean((y_pred - y) ** 2), others


# -- Trees ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [small, digits_network])
def test_flattened_model_comes_back_as_a_twin_of_its_own(make) -> None:
    model = make()
    leaves, structure = jax.tree.flatten(model)
    assert_equal(leaves, values(model.variables))
    twin = jax.tree.unflatten(structure, [leaf + 1 for leaf in leaves])
    assert type(twin) is type(model)
    assert twin is not model
    assert [v.path for v in twin.variables] == [v.path for v in model.variables]
    assert_equal(values(twin.variables), [leaf + 1 for leaf in leaves])
    assert_equal(values(model.variables), leaves)
    same = jax.tree.unflatten(structure, leaves)
    x = RNG.uniform(size=(2, *model.input_shape[1:])).astype("float32")
    assert_equal([same(x)], [model(x)])
    same.variables[0].assign(same.variables[0] * 0)
    assert_equal(values(model.variables), leaves)


def test_twins_have_one_structure_and_other_models_have_others() -> None:
    model, other = small(), small()
    twin = jax.tree.map(lambda leaf: leaf * 2, model)
    assert jax.tree.structure(twin) == jax.tree.structure(model)
    assert jax.tree.structure(other) != jax.tree.structure(model)
    total = jax.tree.map(lambda a, b: a + b, model, twin)
    assert_equal(values(total.weights), [3 * v.value for v in model.weights])
    frozen = jax.tree.map(lambda leaf: leaf, model)
    frozen.layers[0].trainable = False
    assert jax.tree.structure(frozen) != jax.tree.structure(model)
    assert not jax.tree.unflatten(jax.tree.structure(frozen), jax.tree.leaves(frozen)).layers[0].trainable


def test_leaves_are_named_by_their_paths() -> None:
    model = small()
    named = jax.tree_util.tree_flatten_with_path({"model": model})[0]
    assert [path[-1].name for path, _ in named] == [v.path for v in model.variables]


def test_layer_in_other_trees_is_a_tree() -> None:
    """Beside plain arrays, in lists and dicts, and without variables."""
    layer = layers.Dense(2)
    layer.build((None, 3))
    tree = {"layer": [layer, layers.Activation("relu")], "scale": jnp.ones(2)}
    assert len(jax.tree.leaves(tree)) == 3
    doubled = jax.jit(lambda t: jax.tree.map(lambda leaf: 2 * leaf, t))(tree)
    assert_equal([doubled["layer"][0].kernel.value], [2 * layer.kernel.value])
    assert doubled["layer"][1](np.float32([-1.0])).tolist() == [0.0]


def test_layer_without_its_variables_is_no_tree_yet() -> None:
    with pytest.raises(NotBuiltError, match="once it has them"):
        jax.tree.flatten(layers.Dense(2))
    with pytest.raises(NotBuiltError, match="once it has them"):
        jax.jit(lambda model, x: model(x))(keras.Sequential([layers.Dense(2)]), X)


def test_compiled_and_trained_model_is_a_tree_and_trains_on() -> None:
    """Twins share what it was compiled with; files and copies know nothing of trees."""
    model = small()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    twin = jax.tree.map(lambda leaf: leaf, model)
    assert twin.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert_equal([twin.predict(X, verbose=0)], [model.predict(X, verbose=0)])
    copied = pickle.loads(pickle.dumps(twin))
    assert_equal(values(copied.variables), values(model.variables))
    before = values(twin.variables)
    model.fit(X, Y, verbose=0)
    assert_equal(values(twin.variables), before)


# -- jit --------------------------------------------------------------------------------------------------------------


def test_model_goes_through_jit_as_an_argument() -> None:
    """Compiled once for a shape, whatever the values and whichever twin: nothing is baked in."""
    model = digits_network()
    traces = []

    @jax.jit
    def call(model, x):
        traces.append(x.shape)
        return model(x)

    for batch in (IMAGES, IMAGES[::-1].copy()):
        np.testing.assert_allclose(call(model, batch), model(batch), rtol=1e-4, atol=1e-5)
    model.layers[-1].bias.assign(np.arange(10.0))
    np.testing.assert_allclose(call(model, IMAGES), model(IMAGES), rtol=1e-4, atol=1e-5)
    twin = jax.tree.map(lambda leaf: leaf * 0, model)
    assert_equal([call(twin, IMAGES)], [np.zeros((16, 10))])
    assert traces == [IMAGES.shape]
    assert call._cache_size() == 1
    call(model, IMAGES[:4])
    assert traces == [IMAGES.shape, (4, 8, 8, 1)]


def test_stateless_call_of_the_main_jobs_network_is_compiled_once() -> None:
    """The same under jit and outside it; the dropout's seed moves on in the state that is handed back."""
    model = digits_network()
    traces = []

    def step(trained, others, x, y):
        traces.append(x.shape)

        def loss_of(trained):
            logits, after = model.stateless_call(trained, others, x, training=True)
            picked = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1)
            return -jnp.mean(picked), after

        (loss, after), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained)
        return loss, [w - 0.01 * g for w, g in zip(trained, gradients, strict=True)], after

    compiled = jax.jit(step)
    plain, fast = [(values(model.trainable_variables), values(model.non_trainable_variables)) for _ in range(2)]
    seeds = []
    for _ in range(3):
        expected, *plain = step(*plain, IMAGES, LABELS)
        received, *fast = compiled(*fast, IMAGES, LABELS)
        np.testing.assert_allclose(received, expected, rtol=1e-4)
        seeds.append(np.asarray(fast[1][0]).tolist())
    for a, b in zip(fast[0], plain[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    assert [count for _, count in seeds] == [1, 2, 3]
    assert len(traces) == 4
    # The model itself has not moved.
    assert int(model.non_trainable_variables[0].numpy()[1]) == 0


def test_step_from_model_to_model_is_compiled_once() -> None:
    """The model goes in and comes out, its statistics and seeds with it, and the one outside stays as it is."""
    model = small()
    before = values(model.variables)
    traces = []

    @jax.jit
    def step(model, x, y):
        traces.append(None)
        trained = values(model.trainable_variables)
        take = jax.value_and_grad(squared_error, has_aux=True)
        (loss, others), gradients = take(trained, values(model.non_trainable_variables), model, x, y)
        for v, w, gradient in zip(model.trainable_variables, trained, gradients, strict=True):
            v.assign(w - 0.1 * gradient)
        for v, value in zip(model.non_trainable_variables, others, strict=True):
            v.assign(value)
        return model, loss

    moved, losses = model, []
    for _ in range(30):
        moved, loss = step(moved, X, Y)
        losses.append(float(loss))
    assert len(traces) == 1
    assert min(losses[-5:]) < 0.5 * losses[0]
    assert_equal(values(model.variables), before)
    for v, was in zip(moved.variables, before, strict=True):
        assert not np.array_equal(v.numpy(), np.asarray(was)), v.path
    assert isinstance(moved(X), jax.Array)
    assert not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((model, moved)))


def test_call_of_a_twin_assigns_inside_it() -> None:
    """Statistics in training mode: what is returned has them, what went in has not."""
    layer = layers.BatchNormalization(momentum=0.5)
    layer.build((None, 3))

    @jax.jit
    def call(layer, x):
        return layer(x, training=True), layer

    outputs, after = call(layer, X)
    np.testing.assert_allclose(after.moving_mean.numpy(), X.mean(0) / 2, rtol=1e-4, atol=1e-6)
    assert layer.moving_mean.numpy().tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(outputs, layer(X, training=True), rtol=1e-4, atol=1e-5)
    assert_equal([layer.moving_mean.value], [after.moving_mean.value])


def test_nothing_traced_stays_behind() -> None:
    model = small()
    with jax.checking_leaks():
        jax.jit(lambda model, x: (model(x, training=True), model))(model, X)
        take = jax.jit(jax.value_and_grad(squared_error, has_aux=True), static_argnums=2)
        take(values(model.trainable_variables), values(model.non_trainable_variables), model, X, Y)


def test_models_that_went_through_jit_can_be_forgotten() -> None:
    call = jax.jit(lambda model, x: (model(x), model))
    model = small()
    twin = call(model, X)[1]
    forgotten = [weakref.ref(model), weakref.ref(twin)]
    del model, twin, call
    jax.clear_caches()
    gc.collect()
    assert [reference() for reference in forgotten] == [None, None]


# -- Variables from outside -------------------------------------------------------------------------------------------


def test_variable_from_outside_is_a_constant_of_a_compiled_function() -> None:
    """As an array from outside is: read when the function is traced."""
    scale = keras.Variable([1.0, 2.0])
    multiply = jax.jit(lambda x: scale * x)
    assert multiply(jnp.ones(2)).tolist() == [1.0, 2.0]
    assert jax.grad(lambda x: ops.sum(scale * x))(jnp.ones(2)).tolist() == [1.0, 2.0]
    model = small()
    np.testing.assert_allclose(jax.jit(model)(X), model(X), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda x: model(x, training=False))(X), model(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("transform", [jax.jit, jax.vmap, jax.checkpoint], ids=["jit", "vmap", "checkpoint"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.BatchNormalization(),
        lambda: keras.Sequential([layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.5)]),
    ],
    ids=["layer", "model"],
)
def test_variable_from_outside_is_not_assigned_what_is_traced(transform, make) -> None:
    """One clear error, after which everything is as it was."""
    layer = make()
    layer.build((None, 3))
    before = values(layer.variables)
    with pytest.raises(StateError, match="only variables that went into it are assigned"):
        transform(lambda x: layer(x, training=True))(jnp.asarray(X if transform is not jax.vmap else X[None]))
    assert_equal(values(layer.variables), before)
    assert np.isfinite(np.asarray(layer(X, training=True))).all()


def test_statistics_are_no_part_of_an_eager_gradient() -> None:
    """Nothing traced gets into them: they are those of the call itself."""
    layer, other = layers.BatchNormalization(), layers.BatchNormalization()
    jax.grad(lambda x: jnp.sum(layer(x, training=True) ** 2))(jnp.asarray(X))
    other(X, training=True)
    assert_equal(values(layer.variables), values(other.variables))


def test_optimizer_from_outside_is_not_applied_to_what_is_traced() -> None:
    model = small()
    optimizer = keras.optimizers.Adam(0.1)
    optimizer.build(model.trainable_variables)
    with pytest.raises(StateError, match="only variables that went into it are assigned"):
        jax.jit(lambda g: optimizer.apply(g, model.trainable_variables))(values(model.trainable_variables))
    assert int(optimizer.iterations) == 0


def test_layer_is_built_inside_a_compiled_function() -> None:
    """Its weights are arrays, and outlive the trace."""
    layer = layers.Dense(2)
    received = jax.jit(layer)(X)
    np.testing.assert_allclose(received, X @ layer.kernel.numpy(), rtol=1e-4, atol=1e-6)


# -- Gradients --------------------------------------------------------------------------------------------------------


def test_gradient_with_respect_to_weights_is_the_known_one() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    w, b = values(model.trainable_variables)
    take = jax.value_and_grad(squared_error, has_aux=True)
    (loss, _), (dw, db) = take([w, b], [], model, X, Y)
    residual = X.astype(np.float64) @ np.asarray(w) + np.asarray(b) - Y
    assert float(loss) == pytest.approx(np.mean(residual**2), rel=1e-5)
    np.testing.assert_allclose(dw, 2 * X.T @ residual / residual.size, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(db, 2 * residual.sum(0) / residual.size, rtol=1e-4, atol=1e-6)


def test_gradient_with_respect_to_a_model_is_a_model() -> None:
    """Of the same structure, so that an update is one map over the two."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(2)])
    loss_of = lambda model: jnp.mean((model(X) - Y) ** 2)  # noqa: E731 - a formula
    gradient = jax.jit(jax.grad(loss_of))(model)
    expected = jax.grad(lambda w: squared_error(w, [], model, X, Y)[0])(values(model.trainable_variables))
    for a, b in zip(gradient.variables, expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-4, atol=1e-6)
    for _ in range(20):
        moved = jax.tree.map(lambda w, g: w - 0.1 * g, model, jax.grad(loss_of)(model))
        assert loss_of(moved) < loss_of(model)
        model = moved


def test_second_derivatives_go_through_a_model() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    hessian = jax.hessian(lambda x: model(x[None])[0, 0])(jnp.asarray(X[0]))
    w, _, v, _ = (np.asarray(value, np.float64) for value in values(model.variables))
    t = np.tanh(X[0].astype(np.float64) @ w)
    np.testing.assert_allclose(hessian, (w * (-2 * t * (1 - t**2) * v[:, 0])) @ w.T, rtol=1e-3, atol=1e-5)


def test_loop_by_hand_converges_as_fit_does() -> None:
    """Pure steps of an optimizer of ours around JAX's gradients, with batch statistics on the way."""
    x, y = digits_data()

    def classifier():
        keras.utils.set_random_seed(3)
        return keras.Sequential(
            [keras.Input((64,)), layers.Dense(32, activation="relu"), layers.BatchNormalization(), layers.Dense(10)]
        )

    model = classifier()
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(model.trainable_variables)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def loss_of(trained, others, x, y):
        y_pred, others = model.stateless_call(trained, others, x, training=True)
        return loss_fn(y, y_pred), others

    @jax.jit
    def step(state, x, y):
        trained, others, slots = state
        (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained, others, x, y)
        trained, slots = optimizer.stateless_apply(slots, gradients, trained)
        return loss, (trained, others, slots)

    state = tuple(values(vs) for vs in (model.trainable_variables, model.non_trainable_variables, optimizer.variables))
    losses = []
    for _ in range(5):
        total = 0.0
        for i in range(0, len(x), 64):
            loss, state = step(state, x[i : i + 64], y[i : i + 64])
            total += float(loss) / (len(x) / 64)
        losses.append(total)
    assert step._cache_size() == 1
    other = classifier()
    other.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss_fn)
    expected = other.fit(x, y, batch_size=64, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert losses == pytest.approx(expected, rel=1e-3)
    assert losses[-1] < 0.2 * losses[0]
    for group, found in zip((model.trainable_variables, model.non_trainable_variables), state[:2], strict=True):
        for v, value in zip(group, found, strict=True):
            v.assign(value)
    for a, b in zip(model.variables, other.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-2, atol=1e-3, err_msg=a.path)


def digits_data():
    (x, y), _ = keras.datasets.digits.load_data()
    return (x[:640].reshape(640, 64) / 16).astype("float32"), y[:640].astype("int32")


def test_stateless_call_takes_one_value_for_each_variable() -> None:
    model = small()
    with pytest.raises(ArgumentError, match="one value for each variable"):
        model.stateless_call(values(model.variables), values(model.non_trainable_variables), X)


# -- vmap -------------------------------------------------------------------------------------------------------------


def test_model_is_mapped_over_a_further_axis() -> None:
    model = digits_network()
    batches = jnp.asarray(IMAGES.reshape(2, 8, 8, 8, 1))
    expected = np.stack([model(batch) for batch in batches])
    np.testing.assert_allclose(jax.vmap(model)(batches), expected, rtol=1e-4, atol=1e-4)
    mapped = jax.jit(jax.vmap(lambda model, x: model(x), in_axes=(None, 0)))
    np.testing.assert_allclose(mapped(model, batches), expected, rtol=1e-4, atol=1e-4)


def test_twins_are_mapped_over_as_an_ensemble() -> None:
    """Stacked leaf by leaf: one model of many, each called on the same batch."""
    model = small()
    twins = [jax.tree.map(lambda leaf, k=k: leaf * k, model) for k in (1, 2, 3)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *twins)
    received = jax.vmap(lambda model, x: model(x), in_axes=(0, None))(stacked, jnp.asarray(X))
    np.testing.assert_allclose(received, np.stack([twin(X) for twin in twins]), rtol=1e-4, atol=1e-5)


def test_gradients_of_single_samples_are_mapped() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    take = jax.grad(lambda w, x, y: squared_error(w, [], model, x[None], y[None])[0])
    each = jax.vmap(take, in_axes=(None, 0, 0))(values(model.variables), jnp.asarray(X), jnp.asarray(Y))
    whole = jax.grad(lambda w: squared_error(w, [], model, X, Y)[0])(values(model.variables))
    for a, b in zip(each, whole, strict=True):
        np.testing.assert_allclose(a.mean(0), b, rtol=1e-4, atol=1e-6)


def test_draws_inside_a_mapped_function_come_from_keys() -> None:
    """`keras.random` with a key of its own for each entry, which an integer seed is not."""
    one = jax.jit(lambda x: keras.random.normal((3,), seed=4) + x)
    assert one(jnp.zeros(3)).tolist() == one(jnp.zeros(3)).tolist()
    mapped = jax.vmap(lambda x: keras.random.normal((3,), seed=4) + x)(jnp.zeros((2, 3)))
    assert_equal([mapped[0]], [mapped[1]])
