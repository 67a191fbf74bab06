"""Tensors and variables of two backends in one call: one clear error, and nothing changed.

NumPy arrays are data on every backend, so those of a backend whose tensors they are do not count as another's.
"""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import registry
from multikeras.errors import MixedBackendsError

ONES = np.ones((2, 3), "float32")


class Things:
    """One of everything on a backend, made from one seed."""

    def __init__(self, name: str) -> None:
        self.name = name
        with keras.use_backend(name):
            keras.utils.set_random_seed(1)
            self.tensor = ops.convert_to_tensor(ONES)
            self.variable = keras.Variable(ONES, name="variable")
            self.layer = layers.Dense(2, name="dense")
            self.layer(self.tensor)
            self.model = keras.Sequential([keras.Input((3,)), layers.Dense(1)], name="model")
            self.model.compile(optimizer="sgd", loss="mse")
            self.optimizer = keras.optimizers.Adam()
            self.optimizer.build([self.variable])

    def state(self) -> list[bytes]:
        variables = [self.variable, *self.layer.variables, *self.model.variables, *self.optimizer.variables]
        return [v.numpy().tobytes() for v in variables]


# What is done with the things of one backend and something of another's, and what is said about it.
MIXTURES = {
    "two tensors in an op": lambda own, other: ops.add(own.tensor, other.tensor),
    "a list of tensors in an op": lambda own, other: ops.concatenate([own.tensor, other.tensor]),
    "two variables in an op": lambda own, other: ops.matmul(own.variable, ops.transpose(other.variable)),
    "an operator": lambda own, other: own.variable * other.tensor,
    "a composite": lambda own, other: ops.logaddexp(own.tensor, other.tensor),
    "a layer": lambda own, other: own.layer(other.tensor),
    "a layer, a variable": lambda own, other: own.layer(other.variable),
    "a new layer": lambda own, other: in_scope(own, lambda: layers.Dense(2, name="dense")(other.tensor)),
    "a model": lambda own, other: own.model(other.tensor),
    "predict": lambda own, other: own.model.predict(other.tensor, verbose=0),
    "fit": lambda own, other: own.model.fit(other.tensor, ONES[:, :1], verbose=0),
    "assign": lambda own, other: own.variable.assign(other.tensor),
    "assign, a variable": lambda own, other: own.variable.assign(other.variable),
    "assign_add": lambda own, other: own.variable.assign_add(other.tensor),
    "a gradient": lambda own, other: own.optimizer.apply([other.tensor], [own.variable]),
    "a variable to train": lambda own, other: in_scope(own, lambda: keras.optimizers.SGD().build([other.variable])),
    "a loss": lambda own, other: keras.losses.MeanSquaredError()(own.tensor, other.tensor),
    "value_and_grad": lambda own, other: in_scope(
        own, lambda: keras.value_and_grad(lambda: ops.sum(other.variable), [other.variable])
    ),
}


def in_scope(own: Things, call):
    with keras.use_backend(own.name):
        return call()


def frameworks(backends: list[str]) -> list[str]:
    """The backends whose tensors are not NumPy arrays."""
    return [name for name in backends if np.ndarray not in registry.load(name).tensors.types]


@pytest.fixture(scope="module")
def things(request):
    made: dict[str, Things] = {}

    def of(name: str) -> Things:
        if name not in made:
            made[name] = Things(name)
        return made[name]

    return of


@pytest.mark.parametrize("mixture", MIXTURES)
def test_mixture_is_one_error_and_changes_nothing(mixture, backends, things) -> None:
    """The same class and, but for the names of the two, the same text for every pair of frameworks."""
    texts = {}
    for own in frameworks(backends):
        for other in frameworks(backends):
            if own == other:
                continue
            mine, foreign = things(own), things(other)
            before = mine.state(), foreign.state()
            with pytest.raises(MixedBackendsError) as raised:
                MIXTURES[mixture](mine, foreign)
            assert (mine.state(), foreign.state()) == before
            text = str(raised.value)
            assert own in text
            assert other in text
            texts[own, other] = text.replace(own, "OWN").replace(other, "OTHER")
    assert len(set(texts.values())) <= 1, texts


HOST = ("a layer", "a layer, a variable", "a new layer", "a model", "predict", "fit", "assign", "a gradient")


@pytest.mark.parametrize("mixture", HOST)
def test_framework_s_tensor_is_foreign_to_host_arrays(mixture, backends, things) -> None:
    """Layers, models, variables and optimizers of a backend whose tensors are NumPy arrays take none of another's."""
    for own in set(backends) - set(frameworks(backends)):
        for other in frameworks(backends):
            mine, foreign = things(own), things(other)
            before = mine.state(), foreign.state()
            with pytest.raises(MixedBackendsError):
                MIXTURES[mixture](mine, foreign)
            assert (mine.state(), foreign.state()) == before


def test_host_arrays_are_data_everywhere(backend, backends, things) -> None:
    """Tensors of NumPy go into ops, layers, models and variables of every backend."""
    own, host = things(backend), things("numpy")
    kind = type(own.tensor)
    assert isinstance(ops.add(own.tensor, host.tensor), kind) or backend not in frameworks(backends)
    assert isinstance(own.layer(host.tensor), kind)
    assert isinstance(own.model(host.tensor), kind)
    variable = in_scope(own, lambda: keras.Variable(ONES))
    variable.assign(host.tensor * 2)
    np.testing.assert_array_equal(variable.numpy(), ONES * 2)


def test_converted_tensor_is_taken(backends, things) -> None:
    """What the error says to type."""
    for own in backends:
        for other in backends:
            result = things(own).layer(ops.convert_to_numpy(things(other).tensor))
            assert tuple(result.shape) == (2, 2)


class Block(keras.layers.Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = [inner]

    def call(self, x):
        return self.inner[0](x)


# Ways to put a layer of another backend into something.
HOLDERS = {
    "Sequential": lambda layer: keras.Sequential([keras.Input((3,)), layer]),
    "Sequential, unbuilt": lambda layer: keras.Sequential([layer])(ONES),
    "graph": lambda layer: graph(layer),
    "graph, deeper": lambda layer: graph(lambda x: ops.relu(layer(layers.Flatten()(x)))),
    "list in a layer": lambda layer: Block(layer)(ONES),
    "layer in a layer": lambda layer: Block(Block(layer))(ONES),
}


def graph(layer):
    symbolic = keras.Input((3,))
    return keras.Model(symbolic, layer(symbolic))


@pytest.mark.parametrize("holder", HOLDERS)
def test_layer_of_another_backend_is_refused(holder, backends, things) -> None:
    """Models and layers are of one backend through and through."""
    for own in backends:
        for other in backends:
            if own != other:
                with keras.use_backend(other):
                    layer = layers.Dense(3, name="foreign")
                with keras.use_backend(own), pytest.raises(MixedBackendsError) as raised:
                    HOLDERS[holder](layer)
                assert f"'foreign' of {other}" in str(raised.value)


def test_input_is_of_any_backend(backend) -> None:
    """It holds and computes nothing."""
    symbolic = keras.Input((3,))
    with keras.use_backend(backend):
        model = keras.Model(symbolic, layers.Dense(1)(symbolic))
        assert model.predict(ONES, verbose=0).shape == (2, 1)


@pytest.mark.parametrize("current", ["own", "numpy", "another"])
def test_loss_runs_where_its_tensors_are(current, backend, backends) -> None:
    """Whichever backend is current, gradients and all; targets may be NumPy arrays."""
    with keras.use_backend(backend):
        variable = keras.Variable(ONES * 2)
    loss = keras.losses.MeanSquaredError()
    elsewhere = next(name for name in (*backends[::-1], "numpy") if name != backend)
    with keras.use_backend({"own": backend, "another": elsewhere}.get(current, current)):
        result = loss(ONES, variable)
    assert float(ops.convert_to_numpy(result)) == 1.0
    assert isinstance(result, registry.load(backend).tensors.types)
    with keras.use_backend(backend):
        _, (gradient,) = keras.value_and_grad(lambda: loss(ONES, variable), [variable])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), ONES * 2 / 6, rtol=1e-6)
