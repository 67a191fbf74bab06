"""Steps written in the pure form that Keras has on JAX, with a state passed in and out: `fit` and its kin run them."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import StructureError

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True)
def _on_jax():
    with keras.use_backend("jax"):
        keras.utils.clear_session(free_memory=False)
        keras.config.set_random("portable")
        yield
    keras.config.set_random("fast")


def digits():
    (x, y), _ = keras.datasets.digits.load_data()
    return x[:96, ..., None].astype("float32"), y[:96].astype("int32")


def network(kind=keras.Model, regularizer=None):
    """A classifier of the digits with dropout and statistics, as a model of some class."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 8, 1))
    # A bias before the statistics would have no gradient but rounding errors, which Adam makes steps of.
    x = layers.BatchNormalization()(layers.Flatten()(layers.Rescaling(1 / 16)(inputs)))
    x = layers.Dense(16, activation="relu", kernel_regularizer=regularizer)(x)
    x = layers.Dropout(0.25, seed=2)(x)
    return kind(inputs, layers.Dense(10, activity_regularizer=regularizer)(x))


def compiled(model, **arguments):
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        **{"metrics": ["accuracy"], **arguments},
    )
    return model


def fitted(model, **arguments):
    x, y = digits()
    keras.utils.set_random_seed(6)
    return model.fit(x, y, **{"batch_size": 32, "epochs": 3, "verbose": 0, **arguments}).history


class Differentiated(keras.Model):
    """A step that differentiates the model's own `compute_loss_and_updates`."""

    def train_step(self, state, data):
        trained, others, optimizer, metrics = state
        x, y = data
        take = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (_, (loss, y_pred, others, metrics)), gradients = take(
            trained, others, metrics, x, y, None, training=True, optimizer_variables=optimizer
        )
        trained, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trained)
        logs, metrics = self.updated(metrics, loss, x, y, y_pred)
        return logs, (trained, others, optimizer, metrics)

    def test_step(self, state, data):
        trained, others, metrics = state
        x, y = data
        loss, (_, y_pred, others, metrics) = self.compute_loss_and_updates(trained, others, metrics, x, y, None)
        logs, metrics = self.updated(metrics, loss, x, y, y_pred)
        return logs, (trained, others, metrics)

    def predict_step(self, state, data):
        trained, others = state
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self.stateless_call(trained, others, x, training=False)

    def updated(self, values, loss, x, y, y_pred):
        """The logs, and the values of the metrics' variables after a batch."""
        logs, after = {}, []
        for metric in self.metrics:
            own = values[len(after) : len(after) + len(metric.variables)]
            if metric.name == "loss":
                own = metric.stateless_update_state(own, loss, sample_weight=x.shape[0])
            else:
                own = metric.stateless_update_state(own, y, y_pred)
            logs[metric.name] = metric.stateless_result(own)
            after += own
        return logs, after


class OwnLoss(Differentiated):
    """A `compute_loss_and_updates` of its own, of fewer arguments: what guides to customizing `fit` show."""

    def compute_loss_and_updates(self, trained, others, x, y, training=False):
        y_pred, others = self.stateless_call(trained, others, x, training=training)
        return self.compute_loss(x, y, y_pred), (y_pred, others)

    def train_step(self, state, data):
        trained, others, optimizer, metrics = state
        x, y = data
        take = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, others)), gradients = take(trained, others, x, y, training=True)
        trained, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trained)
        logs, metrics = self.updated(metrics, loss, x, y, y_pred)
        return logs, (trained, others, optimizer, metrics)

    def test_step(self, state, data):
        trained, others, metrics = state
        x, y = data
        loss, (y_pred, others) = self.compute_loss_and_updates(trained, others, x, y)
        logs, metrics = self.updated(metrics, loss, x, y, y_pred)
        return logs, (trained, others, metrics)


HOW = pytest.mark.parametrize("how", [{}, {"run_eagerly": True}], ids=["compiled", "eager"])


@pytest.mark.parametrize("kind", [Differentiated, OwnLoss])
@HOW
def test_step_with_a_state_trains_as_the_built_in_one(kind, how) -> None:
    """Losses, metrics, weights and all other state, an uneven last batch and validation included."""
    arguments = {"batch_size": 36, "validation_split": 0.25, "epochs": 2 if how else 3}
    expected, received = compiled(network()), compiled(network(kind), **how)
    curves = [fitted(model, **arguments) for model in (expected, received)]
    assert set(curves[1]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    for name, curve in curves[0].items():
        assert curves[1][name] == pytest.approx(curve, rel=1e-4), name
    assert curves[1]["loss"][-1] < curves[1]["loss"][0]
    for a, b in zip(received.variables, expected.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-2, atol=1e-4, err_msg=a.path)
    for a, b in zip(received.optimizer.variables, expected.optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-2, atol=1e-4, err_msg=a.path)


def test_step_with_a_state_evaluates_and_predicts_as_the_built_in_one() -> None:
    x, y = digits()
    expected, received = compiled(network()), compiled(network(Differentiated))
    before = [v.numpy() for v in received.variables]
    assert received.evaluate(x, y, batch_size=36, verbose=0) == pytest.approx(
        expected.evaluate(x, y, batch_size=36, verbose=0), rel=1e-5
    )
    np.testing.assert_allclose(received.predict(x, verbose=0), expected.predict(x, verbose=0), rtol=1e-5, atol=1e-5)
    for v, was in zip(received.variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), was)
    assert received.train_on_batch(x, y) == pytest.approx(expected.train_on_batch(x, y), rel=1e-5)
    assert received.test_on_batch(x, y) == pytest.approx(expected.test_on_batch(x, y), rel=1e-4)


def test_penalties_count_in_the_pure_loss() -> None:
    """Those of weights and of outputs, in value and gradient."""
    curves = []
    for kind in (keras.Model, Differentiated):
        curves.append(fitted(compiled(network(kind, regularizer=keras.regularizers.L2(0.01)))))
    plain = fitted(compiled(network()))
    assert curves[1]["loss"] == pytest.approx(curves[0]["loss"], rel=1e-4)
    assert curves[0]["loss"][0] > plain["loss"][0] + 0.05


def test_step_with_a_state_is_compiled_once() -> None:
    """For whole batches and once more for the last one."""
    runs = []

    class Counted(Differentiated):
        def train_step(self, state, data):
            runs.append(data[0].shape[0])
            return super().train_step(state, data)

    fitted(compiled(network(Counted)), batch_size=36, shuffle=False)
    assert runs == [36, 24]


def test_step_with_metrics_of_its_own_reports_them() -> None:
    """No compiled loss: the model keeps its metrics and resets them each epoch."""

    class Own(keras.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.tracker = keras.metrics.Mean(name="mine")
            self.error = keras.metrics.MeanAbsoluteError(name="mae")

        @property
        def metrics(self):
            return [self.tracker, self.error]

        def pure_loss(self, trained, others, x, y):
            y_pred, others = self.stateless_call(trained, others, x, training=True)
            return ops.mean(ops.square(y_pred - y)), (y_pred, others)

        def train_step(self, state, data):
            trained, others, optimizer, metrics = state
            x, y = data
            take = jax.value_and_grad(self.pure_loss, has_aux=True)
            (loss, (y_pred, others)), gradients = take(trained, others, x, y)
            trained, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trained)
            count = len(self.tracker.variables)
            mean = self.tracker.stateless_update_state(metrics[:count], loss)
            error = self.error.stateless_update_state(metrics[count:], y, y_pred)
            logs = {"mine": self.tracker.stateless_result(mean), "mae": self.error.stateless_result(error)}
            return logs, (trained, others, optimizer, [*mean, *error])

    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32")
    inputs = keras.Input((3,))
    model = Own(inputs, layers.Dense(1, kernel_initializer="zeros")(inputs))
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    history = model.fit(x, y, batch_size=32, epochs=30, shuffle=False, verbose=0).history
    assert set(history) == {"mae", "mine"}
    first = 0.0
    w, b = np.zeros((3, 1)), 0.0
    for part in (slice(0, 32), slice(32, 64)):
        residual = x[part] @ w + b - y[part]
        first += np.mean(residual**2) / 2
        w, b = w - 0.2 * x[part].T @ residual / 32, b - 0.2 * residual.mean()
    assert history["mine"][0] == pytest.approx(first, rel=1e-5)
    assert history["mine"][-1] < 1e-4


def test_variable_beside_the_state_is_read_at_every_step() -> None:
    """Also inside a pure call, which has no value for it: it is no constant of the compiled step."""
    factor = keras.Variable(0.0, trainable=False)

    class Scale(layers.Layer):
        def call(self, x):
            return x * factor

    inputs = keras.Input((3,))
    model = Differentiated(inputs, Scale()(layers.Dense(1, kernel_initializer="ones")(inputs)))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse", metrics=[])
    x = np.ones((4, 3), "float32")
    losses = []
    for value in (0.0, 1.0, 2.0):
        factor.assign(value)
        losses += model.fit(x, np.ones((4, 1)), verbose=0).history["loss"]
    assert losses == pytest.approx([1.0, 4.0, 25.0])


def test_step_that_forgets_its_state_is_one_clear_error() -> None:
    class Forgetful(Differentiated):
        def train_step(self, state, data):
            return super().train_step(state, data)[0]

    model = compiled(network(Forgetful))
    before = model.get_weights()
    with pytest.raises(StructureError, match="returns a pair"):
        fitted(model)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
