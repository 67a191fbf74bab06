"""Loss scaling and mixed precision; several optimizers as one."""

from __future__ import annotations

import json

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops, optimizers
from multikeras.errors import ArgumentError, StateError
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.testing import assert_close
from multikeras_conformance.calls import dtypes_held

RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(24, 3)).astype("float32"), RNG.normal(size=(24, 2)).astype("float32")

INNER = [
    lambda: optimizers.SGD(0.5, momentum=0.5),
    lambda: optimizers.Adam(0.5, weight_decay=0.1),
    lambda: optimizers.Nadam(0.5),
    lambda: optimizers.Adam(0.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    lambda: optimizers.RMSprop(0.5, gradient_accumulation_steps=2),
    lambda: optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(0.5), {"b": optimizers.Adagrad(0.5)})),
]


class OwnStep(optimizers.Optimizer):
    """An optimizer that a user wrote by `update_step`."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, gradient * learning_rate)


class OwnApply(optimizers.SGD):
    """An optimizer with an `apply` of its own."""

    def apply(self, grads, trainable_variables=None):
        super().apply([g * 2 for g in grads], trainable_variables)


def pair(values=((1.0, -2.0), (3.0,))):
    return [keras.Variable(np.array(v, "float32"), name=n) for n, v in zip("ab", values, strict=True)]


@pytest.mark.parametrize("make", [*INNER, lambda: OwnStep(0.5), lambda: OwnApply(0.5)], ids=lambda f: None)
def test_scaled_steps_are_plain_ones_without_those_that_overflow(make) -> None:
    """Gradients of the scaled loss, some of them not finite: as if these had never been."""
    mine, plain = pair(), pair()
    scaling = optimizers.LossScaleOptimizer(make(), initial_scale=16.0, dynamic_growth_steps=3)
    reference = make()
    scale, count = 16.0, 0
    for number in range(9):
        g = [RNG.normal(size=2).astype("float32"), RNG.normal(size=1).astype("float32")]
        bad = {2: np.inf, 6: np.nan}.get(number)
        if bad is None:
            reference.apply([ops.convert_to_tensor(x) for x in g], plain)
        scaled = [x * np.float32(scale) for x in g]
        if bad is not None:
            scaled[1][0] = bad
        scaling.apply([ops.convert_to_tensor(x) for x in scaled], mine)
        count = 0 if bad is not None else count + 1
        scale = scale / 2 if bad is not None else scale * 2 if count == 3 else scale
        count %= 3
        assert float(scaling.dynamic_scale.numpy()) == scale
        assert int(scaling.step_counter.numpy()) == count
        # Kernels may be used for plain steps in which `1 - beta_2` is a difference of numbers in float32.
        for a, b in zip(mine, plain, strict=True):
            assert_close(a.numpy(), b.numpy(), "float32", 256)
    for a, b in zip(scaling.inner_optimizer.variables, reference.variables, strict=True):
        assert_close(a.numpy(), b.numpy(), a.dtype, 1e3, a.path)


def test_loss_is_multiplied_by_the_scale() -> None:
    """Before it is built by the first one."""
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(), initial_scale=4.0)
    loss = ops.convert_to_tensor(np.float32(3.0))
    assert float(ops.convert_to_numpy(optimizer.scale_loss(loss))) == 12.0
    optimizer.build(pair())
    optimizer.dynamic_scale.assign(8.0)
    assert float(ops.convert_to_numpy(optimizer.scale_loss(loss))) == 24.0


def test_rate_and_steps_are_those_of_the_inner_optimizer() -> None:
    """Reading and setting."""
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.5))
    optimizer.learning_rate = 0.25
    assert float(optimizer.inner_optimizer.learning_rate.numpy()) == 0.25
    optimizer.apply([ops.convert_to_tensor(np.full(3, np.inf, "float32"))], [keras.Variable(np.zeros(3, "float32"))])
    assert int(optimizer.iterations.numpy()) == 0


def test_stateless_scaled_step_is_the_stateful_one() -> None:
    """With and without an overflow."""
    for bad in (1.0, np.inf):
        mine, other = pair(), pair()
        stateful, pure = (optimizers.LossScaleOptimizer(optimizers.Adam(0.5), initial_scale=2.0) for _ in range(2))
        pure.build(other)
        grads = [ops.convert_to_tensor(np.array(x, "float32")) for x in ([1.0, bad], [2.0])]
        stateful.apply(grads, mine)
        values, state = pure.stateless_apply([v.value for v in pure.variables], grads, [v.value for v in other])
        for v, value in zip([*mine, *stateful.variables], [*values, *state], strict=True):
            assert_close(ops.convert_to_numpy(value), v.numpy(), v.dtype, 64, v.path)


@pytest.mark.parametrize("make", INNER, ids=lambda f: None)
def test_optimizers_with_others_inside_are_made_from_their_configs(make) -> None:
    """Through JSON."""
    for optimizer in (optimizers.LossScaleOptimizer(make(), 64.0, 10), make()):
        twin = deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(optimizer))))
        assert type(twin) is type(optimizer)
        assert twin.get_config() == optimizer.get_config()


def network(policy=None):
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(8, activation="tanh", dtype=policy, name="first"),
            keras.layers.Dropout(0.1, dtype=policy),
            keras.layers.Dense(2, dtype=policy, name="second"),
        ]
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("jit", [False, "auto"])
def test_mixed_precision_trains(policy, jit) -> None:
    """The loss falls, variables stay float32, and float16 gets loss scaling by itself."""
    if policy.removeprefix("mixed_") not in dtypes_held():
        pytest.skip(f"{policy} is held by no tensor here")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = network()
        model.compile(optimizer=optimizers.Adam(0.02), loss="mse", jit_compile=jit)
        losses = model.fit(X, Y, epochs=12, batch_size=8, verbose=0).history["loss"]
        outputs = model(X)
    finally:
        keras.config.set_dtype_policy(before)
    assert losses[-1] < 0.8 * losses[0]
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    assert ops.dtype(outputs) == policy.removeprefix("mixed_")
    wrapped = isinstance(model.optimizer, optimizers.LossScaleOptimizer)
    assert wrapped == (policy == "mixed_float16")
    assert int(ops.convert_to_numpy(model.optimizer.iterations)) == 36
    if wrapped:
        assert int(model.optimizer.step_counter.numpy()) == 36


def test_scaling_keeps_gradients_that_float16_loses() -> None:
    """Of a loss of 1e-7 the gradient is zero in float16; scaled, the step is that of float32."""
    if "float16" not in dtypes_held():
        pytest.skip("float16 is held by no tensor here")
    moved = {}
    for scaled in (True, False):
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_float16")
        try:
            model = keras.Sequential(
                [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
            )
            model.compile(optimizer=optimizers.SGD(1e6), loss=lambda y, p: p * 1e-8, auto_scale_loss=scaled)
        finally:
            keras.config.set_dtype_policy(before)
        model.train_on_batch(np.ones((1, 1), "float32"), np.ones((1, 1), "float32"))
        moved[scaled] = 1 - float(model.get_weights()[0][0, 0])
    assert moved[True] == pytest.approx(0.01, rel=2e-2)
    assert moved[False] == 0


def test_scaled_training_goes_on_from_a_file(tmp_path) -> None:
    """The scale and the inner optimizer's state are kept; so are those of several optimizers."""
    for make in (lambda: optimizers.LossScaleOptimizer(INNER[1](), 8.0), INNER[5]):
        keras.utils.set_random_seed(3)
        first = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        first.compile(optimizer=make(), loss="mse")
        for _ in range(3):
            first.train_on_batch(X, Y)
        first.save(tmp_path / "m.keras")
        second = keras.saving.load_model(tmp_path / "m.keras")
        for model in (first, second):
            for _ in range(3):
                model.train_on_batch(X, Y)
        for a, b in zip(
            [*first.weights, *first.optimizer.variables], [*second.weights, *second.optimizer.variables], strict=True
        ):
            assert_close(a.numpy(), b.numpy(), a.dtype, 4, a.path)


def test_several_optimizers_move_variables_of_their_own() -> None:
    """Each by its own rule; two patterns for one variable, and an optimizer inside another, are errors."""
    apart = optimizers.OptimizerMap(optimizers.SGD(1.0))
    apart["a"] = optimizers.Adam(0.5)
    mine, first, second = pair(), pair(), pair()
    both = optimizers.MultiOptimizer(apart, loss_scale_factor=2.0)
    adam, sgd = optimizers.Adam(0.5), optimizers.SGD(1.0)
    for _ in range(4):
        g = [RNG.normal(size=2).astype("float32"), RNG.normal(size=1).astype("float32")]
        both.apply([ops.convert_to_tensor(2 * x) for x in g], mine)
        adam.apply([ops.convert_to_tensor(g[0])], first[:1])
        sgd.apply([ops.convert_to_tensor(g[1])], second[1:])
    assert_close(mine[0].numpy(), first[0].numpy(), "float32", 4)
    assert_close(mine[1].numpy(), second[1].numpy(), "float32", 4)
    assert int(both.iterations.numpy()) == 4
    assert [type(o) for o in both.optimizers] == [type(adam), type(sgd)]
    assert not hasattr(both, "learning_rate")
    with pytest.raises(StateError, match="its own learning rate"):
        _ = both.learning_rate
    with pytest.raises(ArgumentError, match="One optimizer moves a variable"):
        optimizers.MultiOptimizer(optimizers.OptimizerMap(sgd, {"[ab]": sgd, "[bc]": sgd})).build(pair())
    with pytest.raises(ArgumentError, match="plain ones"):
        apart["b"] = both
    with pytest.raises(ArgumentError, match="one optimizer for a pattern"):
        apart["a"] = sgd


def test_arguments_of_the_inner_optimizer_are_not_the_scales() -> None:
    """Those of old files that mean nothing are taken."""
    optimizers.LossScaleOptimizer(optimizers.SGD(), dynamic=True, ema_momentum=0.99, clipnorm=None)
    for wrong in ({"dynamic": False}, {"clipnorm": 1.0}, {"no_such": 1}):
        with pytest.raises(ArgumentError):
            optimizers.LossScaleOptimizer(optimizers.SGD(), **wrong)
    with pytest.raises(ArgumentError, match="scales no loss"):
        optimizers.LossScaleOptimizer("sgd")
