"""Optimizers: trajectories against the papers' formulas in float64, clipping, decay, averages, accumulation,
schedules, files."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops, optimizers
from multikeras.errors import ArgumentError, ShapeError, StateError
from multikeras.optimizers import schedules
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.testing import assert_close
from multikeras_conformance.calls import dtypes_held

STEPS = 10
SHAPES = ((3, 2), (4,))
RNG = np.random.default_rng(0)
STARTS = [RNG.normal(size=s) for s in SHAPES]
GRADIENTS = [[RNG.normal(size=s) * 3 for s in SHAPES] for _ in range(STEPS)]


def sgd(w, g, slots, t, rate, momentum=0.0, nesterov=False):
    """Sutskever et al. (2013), "On the importance of initialization and momentum in deep learning", eqs. 1-4."""
    v = slots["v"] = momentum * slots.get("v", 0) - rate * g
    return w + (momentum * v - rate * g if nesterov else v)


def adam(w, g, slots, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    """Kingma, Ba (2015), "Adam", end of section 2; Reddi et al. (2018), "On the convergence of Adam and beyond",
    alg. 2."""
    m = slots["m"] = beta_1 * slots.get("m", 0) + (1 - beta_1) * g
    v = slots["v"] = beta_2 * slots.get("v", 0) + (1 - beta_2) * g**2
    if amsgrad:
        v = slots["top"] = np.maximum(slots.get("top", 0), v)
    corrected = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - corrected * m / (np.sqrt(v) + epsilon)


def rmsprop(w, g, slots, t, rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    """Hinton (2012), "Neural networks for machine learning", lecture 6e; centered: Graves (2013), eqs. 38-41."""
    v = slots["v"] = rho * slots.get("v", 0) + (1 - rho) * g**2
    if centered:
        a = slots["a"] = rho * slots.get("a", 0) + (1 - rho) * g
        v = v - a**2
    move = slots["m"] = momentum * slots.get("m", 0) + rate * g / np.sqrt(v + epsilon)
    return w - move


def adadelta(w, g, slots, t, rate, rho=0.95, epsilon=1e-7):
    """Zeiler (2012), "Adadelta", algorithm 1."""
    a = slots["a"] = rho * slots.get("a", 0) + (1 - rho) * g**2
    step = g * np.sqrt((slots.get("d", 0) + epsilon) / (a + epsilon))
    slots["d"] = rho * slots.get("d", 0) + (1 - rho) * step**2
    return w - rate * step


def adagrad(w, g, slots, t, rate, initial_accumulator_value=0.1, epsilon=1e-7):
    """Duchi et al. (2011), "Adaptive subgradient methods", eq. 1, diagonal."""
    a = slots["a"] = slots.get("a", initial_accumulator_value) + g**2
    return w - rate * g / np.sqrt(a + epsilon)


def adamax(w, g, slots, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Kingma, Ba (2015), "Adam", algorithm 2."""
    m = slots["m"] = beta_1 * slots.get("m", 0) + (1 - beta_1) * g
    u = slots["u"] = np.maximum(beta_2 * slots.get("u", 0), np.abs(g))
    return w - rate / (1 - beta_1**t) * m / (u + epsilon)


def nadam(w, g, slots, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Dozat (2016), "Incorporating Nesterov momentum into Adam", algorithm 2, with the momenta of section 4."""
    momenta = [beta_1 * (1 - 0.5 * 0.96**i) for i in range(1, t + 2)]
    m = slots["m"] = beta_1 * slots.get("m", 0) + (1 - beta_1) * g
    v = slots["v"] = beta_2 * slots.get("v", 0) + (1 - beta_2) * g**2
    ahead = momenta[t] * m / (1 - np.prod(momenta)) + (1 - momenta[t - 1]) * g / (1 - np.prod(momenta[:t]))
    return w - rate * ahead / (np.sqrt(v / (1 - beta_2**t)) + epsilon)


def lamb(w, g, slots, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """You et al. (2020), "Large batch optimization", algorithm 2."""
    m = slots["m"] = beta_1 * slots.get("m", 0) + (1 - beta_1) * g
    v = slots["v"] = beta_2 * slots.get("v", 0) + (1 - beta_2) * g**2
    step = m / (1 - beta_1**t) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w - rate * np.linalg.norm(w) / np.linalg.norm(step) * step


def lion(w, g, slots, t, rate, beta_1=0.9, beta_2=0.99):
    """Chen et al. (2023), "Symbolic discovery of optimization algorithms", program 1."""
    m = slots.get("m", 0)
    slots["m"] = beta_2 * m + (1 - beta_2) * g
    return w - rate * np.sign(beta_1 * m + (1 - beta_1) * g)


def ftrl(w, g, slots, t, rate, power=0.5, n0=0.1, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0):
    """McMahan et al. (2013), "Ad click prediction", algorithm 1, entry by entry."""
    z, n = slots.setdefault("z", np.zeros_like(w)), slots.setdefault("n", np.full_like(w, n0))
    out = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        sigma = ((n[i] + g[i] ** 2) ** power - n[i] ** power) / rate
        z[i] += g[i] + 2 * shrinkage * w[i] - sigma * w[i]
        n[i] += g[i] ** 2
        if abs(z[i]) > l1:
            out[i] = -(z[i] - math.copysign(l1, z[i])) / ((beta + n[i] ** power) / rate + 2 * l2)
    return out


def ftrl_as_named(w, g, slots, t, rate, **own):
    """`ftrl` with the arguments' public names."""
    names = {
        "learning_rate_power": "power",
        "initial_accumulator_value": "n0",
        "l1_regularization_strength": "l1",
        "l2_regularization_strength": "l2",
        "l2_shrinkage_regularization_strength": "shrinkage",
    }
    own = {names.get(k, k): -v if k == "learning_rate_power" else v for k, v in own.items()}
    return ftrl(w, g, slots, t, rate, **own)


def schedule_free(w, g, slots, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, warmup_steps=0):
    """Defazio et al. (2024), "The road less scheduled", algorithm 1; all three points are kept.
    What else moves `w`, such as its decay, moves `x` with it."""
    z, x = slots.get("z", slots["start"]), slots.get("x", slots["start"])
    x = x + (w - slots.get("w", slots["start"])) / beta_1
    v = slots["v"] = beta_2 * slots.get("v", 0) + (1 - beta_2) * g**2
    rate *= min(1.0, t / warmup_steps) if warmup_steps else 1.0
    z = slots["z"] = z - rate * g / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    x = slots["x"] = (1 - 1 / t) * x + z / t
    slots["w"] = (1 - beta_1) * z + beta_1 * x
    return slots["w"]


def adafactor(
    w, g, slots, t, rate, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=1e-3, clip_threshold=1.0, relative_step=True
):
    """Shazeer, Stern (2018), "Adafactor", algorithms 4 and 5."""
    past = 1 - t**beta_2_decay
    full = g**2 + epsilon_1
    if w.ndim == 2:
        r = slots["r"] = past * slots.get("r", 0) + (1 - past) * full.mean(1)
        c = slots["c"] = past * slots.get("c", 0) + (1 - past) * full.mean(0)
        v = np.outer(r, c) / r.mean()
    else:
        v = slots["v"] = past * slots.get("v", 0) + (1 - past) * full
    u = g / np.sqrt(v)
    u = u / max(1.0, math.sqrt(np.mean(u**2)) / clip_threshold)
    return w - max(epsilon_2, math.sqrt(np.mean(w**2))) * min(rate, 1 / math.sqrt(t)) * u


def muon(w, g, slots, t, rate, momentum=0.95, nesterov=True, ns_steps=5, rms_rate=0.2):
    """Jordan et al. (2024), "Muon"; Liu et al. (2025), "Muon is scalable", eq. 4. The iterations act on each singular
    value by itself."""
    if w.ndim != 2:
        return adam(w, g, slots, t, rate)
    m = slots["m"] = momentum * slots.get("m", 0) + g
    u, s, v = np.linalg.svd(g + momentum * m if nesterov else m, full_matrices=False)
    s = s / (np.linalg.norm(s) + 1e-7)
    for _ in range(ns_steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    scale = 1.0 if rms_rate is None else rms_rate * math.sqrt(max(w.shape))
    return w - rate * scale * (u * s) @ v


FORMULAS = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": adam,
    "RMSprop": rmsprop,
    "Adadelta": adadelta,
    "Adafactor": adafactor,
    "Adagrad": adagrad,
    "Adamax": adamax,
    "Ftrl": ftrl_as_named,
    "Lamb": lamb,
    "Lion": lion,
    "Muon": muon,
    "Nadam": nadam,
    "ScheduleFreeAdamW": schedule_free,
}
TABLE = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01}),
    ("Adam", {"amsgrad": True, "beta_2": 0.5}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.2, "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.5, "momentum": 0.8}),
    ("RMSprop", {"centered": True, "epsilon": 0.001}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 0.001}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.5, "epsilon": 0.01}),
    ("Adafactor", {}),
    ("Adafactor", {"beta_2_decay": -0.5, "epsilon_1": 1e-3, "epsilon_2": 2.0, "clip_threshold": 0.5}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 1.5, "epsilon": 0.1}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("Ftrl", {}),
    ("Ftrl", {"l1_regularization_strength": 2.0, "l2_regularization_strength": 0.2, "beta": 0.5}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.2, "learning_rate_power": -0.7}),
    ("Lamb", {}),
    ("Lamb", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.5, "beta_2": 0.7}),
    ("Muon", {}),
    ("Muon", {"momentum": 0.5, "nesterov": False, "ns_steps": 3, "rms_rate": None}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01, "warmup_steps": 4}),
]
COMMON = [
    {},
    {"weight_decay": 0.1},
    {"clipnorm": 1.5},
    {"clipvalue": 0.7},
    {"global_clipnorm": 2.0},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"loss_scale_factor": 8.0},
    {"weight_decay": 0.05, "clipnorm": 1.0, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 4},
]
ROWS = [(n, a, {}) for n, a in TABLE] + [(n, a, c) for n, a in (TABLE[1], TABLE[3], TABLE[9]) for c in COMMON[1:]]
# Those with variables of a kind of their own.
ROWS += [(n, {}, c) for n in ("Adafactor", "Muon", "Nadam", "ScheduleFreeAdamW") for c in (COMMON[1], COMMON[-1])]


def label(value):
    return "-".join(value) or "plain" if isinstance(value, dict) else None


every_optimizer = pytest.mark.parametrize(("name", "arguments", "common"), ROWS, ids=label)


def clipped(grads, clipnorm=None, clipvalue=None, global_clipnorm=None):
    """Pascanu et al. (2013), "On the difficulty of training recurrent neural networks", algorithm 1."""
    if clipnorm:
        return [g * min(1.0, clipnorm / np.linalg.norm(g)) for g in grads]
    if clipvalue:
        return [np.clip(g, -clipvalue, clipvalue) for g in grads]
    if global_clipnorm:
        norm = math.sqrt(sum(np.sum(g**2) for g in grads))
        return [g * min(1.0, global_clipnorm / norm) for g in grads]
    return grads


def trajectory(name, arguments, common, gradients, rate=0.1):
    """The weights after each step, and the averages after the last, in float64."""
    own = dict(arguments)
    decay = {"weight_decay": 0.004 if name in ("AdamW", "Muon") else None, **common}.get("weight_decay")
    decay = own.pop("weight_decay", decay)
    vector_decay = 0.004 if name == "Muon" else decay
    weights, slots = [w.copy() for w in STARTS], [{"start": w} for w in STARTS]
    averages = [np.zeros_like(w) for w in STARTS]
    found = []
    for t, grads in enumerate(gradients, 1):
        grads = [g / common.get("loss_scale_factor", 1.0) for g in grads]
        grads = clipped(grads, *(common.get(k) for k in ("clipnorm", "clipvalue", "global_clipnorm")))
        for i, g in enumerate(grads):
            r = rate(t - 1) if callable(rate) else rate
            share = decay if weights[i].ndim == 2 else vector_decay
            w = weights[i] - r * share * weights[i] if share else weights[i]
            w = FORMULAS[name](w, g, slots[i], t, r, **own)
            if common.get("use_ema"):
                m = common["ema_momentum"] if t > 1 else 0.0
                averages[i] = m * averages[i] + (1 - m) * w
                frequency = common.get("ema_overwrite_frequency")
                if frequency and t % frequency == 0:
                    w = averages[i]
            weights[i] = w
        found.append([w.copy() for w in weights])
    return found, averages


def variables(dtype="float32"):
    return [keras.Variable(w, dtype=dtype, name=f"w{i}") for i, w in enumerate(STARTS)]


def tensors(grads, dtype="float32"):
    return [ops.convert_to_tensor(g, dtype=dtype) for g in grads]


@every_optimizer
def test_trajectory_is_the_papers(name, arguments, common) -> None:
    """Ten steps in float32, and in float64 where the backend has it, where only the rate is rounded to float32."""
    rate = 0.125  # exact in float32
    expected, averages = trajectory(name, arguments, common, GRADIENTS, rate)
    for dtype in ("float32", "float64"):
        if dtype not in dtypes_held():
            continue
        ws = variables(dtype)
        optimizer = getattr(optimizers, name)(rate, **arguments, **common)
        for grads, after in zip(GRADIENTS, expected, strict=True):
            optimizer.apply(tensors(grads, dtype), ws)
            for w, e in zip(ws, after, strict=True):
                # Momenta of EMA are float32 in both.
                single = dtype == "float32" or "use_ema" in common
                assert_close(w.numpy(), e, "float32" if single else "float64", 256 if single else 1e5, f"{w.path}")
        assert int(optimizer.iterations.numpy()) == STEPS
        if common.get("use_ema") and "ema_overwrite_frequency" not in common:
            optimizer.finalize_variable_values(ws)
            for w, e in zip(ws, averages, strict=True):
                assert_close(w.numpy(), e, "float32", 256)


@every_optimizer
def test_stateless_step_is_the_stateful_one(name, arguments, common) -> None:
    """`stateless_apply` maps values to the values that `apply` stores, and changes nothing.

    `apply` may use kernels in which `1 - beta_2` is a difference of numbers in float32.
    """
    ws, others = variables(), variables()
    optimizer, pure = (getattr(optimizers, name)(0.125, **arguments, **common) for _ in range(2))
    pure.build(others)
    state, values = [v.value for v in pure.variables], [v.value for v in others]
    before = [v.numpy().copy() for v in [*pure.variables, *others]]
    for grads in GRADIENTS[:4]:
        optimizer.apply(tensors(grads), ws)
        values, state = pure.stateless_apply(state, tensors(grads), values)
    for w, value in zip([*ws, *optimizer.variables], [*values, *state], strict=True):
        assert_close(ops.convert_to_numpy(value), w.numpy(), w.dtype, 64, w.path)
    for v, b in zip([*pure.variables, *others], before, strict=True):
        np.testing.assert_array_equal(v.numpy(), b)


@every_optimizer
def test_optimizer_is_made_from_its_config(name, arguments, common) -> None:
    """By itself and through JSON, every argument kept."""
    made = getattr(optimizers, name)(0.125, **arguments, **common)
    config = made.get_config()
    assert {"learning_rate": 0.125, **arguments, **common}.items() <= config.items()
    for twin in (
        type(made).from_config(config),
        deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(made)))),
    ):
        assert type(twin) is type(made)
        assert twin.get_config() == config


@pytest.mark.parametrize(
    ("name", "arguments"),
    [TABLE[1], TABLE[3], TABLE[9], ("Nadam", {}), ("Adafactor", {})],
    ids=["SGD", "Adam", "RMSprop", "Nadam", "Adafactor"],
)
@pytest.mark.parametrize("common", [{}, {"clipnorm": 1.0, "weight_decay": 0.1}], ids=label)
def test_accumulated_gradients_are_those_of_a_big_batch(name, arguments, common) -> None:
    """Weights move every third call, by the mean of three gradients; so does the count of steps."""
    means = [[sum(gs) / 3 for gs in zip(*GRADIENTS[i : i + 3], strict=True)] for i in (0, 3, 6)]
    expected, _ = trajectory(name, arguments, common, means, 0.125)
    ws = variables()
    optimizer = getattr(optimizers, name)(0.125, gradient_accumulation_steps=3, **arguments, **common)
    for number, grads in enumerate(GRADIENTS[:9]):
        optimizer.apply(tensors(grads), ws)
        done = (number + 1) // 3
        for w, e in zip(ws, expected[done - 1] if done else STARTS, strict=True):
            assert_close(w.numpy(), e, "float32", 256)
        assert int(ops.convert_to_numpy(optimizer.iterations)) == done


def cosine(step, start=0.5, steps=8, alpha=0.1):
    return start * ((1 - alpha) * (1 + math.cos(math.pi * min(step / steps, 1))) / 2 + alpha)


def warm(step):
    return 0.1 + (0.5 - 0.1) * step / 3 if step < 3 else cosine(step - 3)


def restarts(step, first=3.0, t_mul=2.0, m_mul=0.5):
    length, top = first, 1.0
    while step >= length:
        step, length, top = step - length, length * t_mul, top * m_mul
    return 0.5 * top * (1 + math.cos(math.pi * step / length)) / 2


def polynomial(step, cycle=False):
    steps = 6.0
    if cycle:
        steps *= max(math.ceil(step / steps), 1)
    return (0.5 - 0.1) * (1 - min(step, steps) / steps) ** 2 + 0.1


SCHEDULES = [
    (lambda: schedules.ExponentialDecay(0.5, 4, 0.5), lambda s: 0.5 * 0.5 ** (s / 4)),
    (lambda: schedules.ExponentialDecay(0.5, 4, 0.5, staircase=True), lambda s: 0.5 * 0.5 ** (s // 4)),
    (lambda: schedules.InverseTimeDecay(0.5, 4, 2.0), lambda s: 0.5 / (1 + 2 * s / 4)),
    (lambda: schedules.InverseTimeDecay(0.5, 4, 2.0, staircase=True), lambda s: 0.5 / (1 + 2 * (s // 4))),
    (
        lambda: schedules.PiecewiseConstantDecay([2, 5], [0.5, 0.25, 0.125]),
        lambda s: 0.5 if s <= 2 else 0.25 if s <= 5 else 0.125,
    ),
    (lambda: schedules.PolynomialDecay(0.5, 6, 0.1, power=2.0), polynomial),
    (lambda: schedules.PolynomialDecay(0.5, 6, 0.1, power=2.0, cycle=True), lambda s: polynomial(s, cycle=True)),
    (lambda: schedules.CosineDecay(0.5, 8, alpha=0.1), cosine),
    (lambda: schedules.CosineDecay(0.1, 8, alpha=0.1, warmup_target=0.5, warmup_steps=3), warm),
    (lambda: schedules.CosineDecayRestarts(0.5, 3, t_mul=2.0, m_mul=0.5), restarts),
]


@pytest.mark.parametrize(("make", "formula"), SCHEDULES, ids=lambda f: None)
def test_schedule_is_the_formula(make, formula) -> None:
    """At every step, by itself, through its configuration, and inside an optimizer."""
    schedule = make()
    twin = deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(schedule))))
    for step in range(14):
        for each in (schedule, twin):
            assert float(ops.convert_to_numpy(each(step))) == pytest.approx(formula(step), rel=2e-5)
    ws = variables()
    optimizer = optimizers.SGD(schedule)
    for number, grads in enumerate(GRADIENTS):
        assert float(ops.convert_to_numpy(optimizer.learning_rate)) == pytest.approx(formula(number), rel=2e-5)
        optimizer.apply(tensors(grads), ws)
    expected, _ = trajectory("SGD", {}, {}, GRADIENTS, formula)
    for w, e in zip(ws, expected[-1], strict=True):
        assert_close(w.numpy(), e, "float32", 512)


def test_learning_rate_can_be_set() -> None:
    """A number is a variable, which compiled steps see; a schedule can't be set."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer=optimizers.SGD(0.5), loss="mse")
    x, y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
    model.train_on_batch(x, y)
    before = model.get_weights()
    model.optimizer.learning_rate = 0.0
    model.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ArgumentError, match="follows a schedule"):
        optimizers.SGD(SCHEDULES[0][0]()).learning_rate = 0.1


def test_excluded_variables_do_not_decay() -> None:
    """By variable and by pattern of the path."""
    for how in (lambda ws: {"var_list": [ws[1]]}, lambda ws: {"var_names": ["w1"]}):
        ws = variables()
        optimizer = optimizers.AdamW(0.125, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(**how(ws))
        optimizer.apply(tensors([np.zeros(s) for s in SHAPES]), ws)
        assert_close(ws[0].numpy(), STARTS[0] * (1 - 0.125 * 0.5), "float32")
        assert_close(ws[1].numpy(), STARTS[1], "float32")
        with pytest.raises(StateError):
            optimizer.exclude_from_weight_decay(var_names=["w"])


def test_constraint_holds_after_every_step() -> None:
    """New values pass through it."""
    w = keras.Variable([0.1, 5.0])
    w.constraint = keras.constraints.NonNeg()
    optimizers.SGD(1.0).apply([ops.convert_to_tensor([1.0, 1.0])], [w])
    np.testing.assert_array_equal(w.numpy(), [0.0, 4.0])


def test_variable_that_takes_the_gradient_itself() -> None:
    """`overwrite_with_gradient` stores it, and keeps no slots."""
    w, scale = keras.Variable([1.0]), keras.Variable([1.0])
    scale.overwrite_with_gradient = True
    optimizer = optimizers.Adam(0.5)
    optimizer.apply([ops.convert_to_tensor([1.0]), ops.convert_to_tensor([7.0])], [w, scale])
    np.testing.assert_array_equal(scale.numpy(), [7.0])
    assert len(optimizer.variables) == 4  # iteration, rate, two moments of w


def test_missing_gradients_leave_their_variables() -> None:
    """`None` moves nothing, and all `None` is an error."""
    ws = variables()
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([None, tensors([np.ones(4)])[0]], ws)
    assert_close(ws[0].numpy(), STARTS[0], "float32")
    assert_close(ws[1].numpy(), STARTS[1] - 1, "float32")
    with pytest.raises(ArgumentError, match="At least one variable has a gradient"):
        optimizer.apply([None, None], ws)


@pytest.mark.parametrize("common", [COMMON[0], COMMON[6]], ids=label)
def test_optimizer_state_in_a_file_goes_on(common, tmp_path) -> None:
    """Two steps, a file, two steps: the weights of four steps."""
    x, y = RNG.normal(size=(8, 3)).astype("float32"), RNG.normal(size=(8, 1)).astype("float32")

    def model():
        keras.utils.set_random_seed(3)
        made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
        made.compile(optimizer=optimizers.Adam(0.1, **common), loss="mse")
        return made

    whole, first = model(), model()
    for _ in range(4):
        whole.train_on_batch(x, y)
    for _ in range(2):
        first.train_on_batch(x, y)
    first.save(tmp_path / "model.keras")
    second = keras.saving.load_model(tmp_path / "model.keras")
    for _ in range(2):
        second.train_on_batch(x, y)
    for a, b in zip(second.get_weights(), whole.get_weights(), strict=True):
        assert_close(a, b, "float32", 4)


@pytest.mark.parametrize("name", FORMULAS)
def test_step_of_a_subclass_may_call_that_of_its_base(name) -> None:
    """`update_step` moves one variable by the rule of the class, here at twice the rate."""
    base = getattr(optimizers, name)

    class Hasty(base):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * 2)

    plain, hasty = variables(), variables()
    # The decay is none of the step's.
    decay = {"AdamW": {"weight_decay": 1e-9}, "Muon": {"weight_decay": None, "adam_weight_decay": None}}.get(name, {})
    first, second = base(0.125, **decay), Hasty(0.0625, **decay)
    for grads in GRADIENTS[:3]:
        first.apply(tensors(grads), plain)
        second.apply(tensors(grads), hasty)
    for a, b in zip([*plain, *first.variables[2:]], [*hasty, *second.variables[2:]], strict=True):
        assert_close(b.numpy(), a.numpy(), "float32", 1e3, a.path)


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_need_not_lie_as_their_weights(name) -> None:
    """A transposed gradient, which shares memory with another tensor, moves the right entries and stays as it is."""
    start, gradient = STARTS[0], GRADIENTS[0][0].astype("float32")
    plain, turned = keras.Variable(start.astype("float32")), keras.Variable(start.astype("float32"))
    for w, g in ((plain, tensors([gradient])[0]), (turned, ops.transpose(tensors([gradient.T])[0]))):
        optimizer = getattr(optimizers, name)(0.125)
        for _ in range(2):
            optimizer.apply([g], [w])
        np.testing.assert_array_equal(ops.convert_to_numpy(g), gradient)
    assert_close(turned.numpy(), plain.numpy(), "float32", 64)


@pytest.mark.parametrize("name", FORMULAS)
def test_gradient_has_the_shape_of_its_weight(name) -> None:
    """One that would be spread over the weight is an error, at the first step and later."""
    w = keras.Variable(STARTS[0].astype("float32"))
    optimizer = getattr(optimizers, name)(0.125)
    for right in (False, True):
        if right:
            optimizer.apply(tensors([GRADIENTS[0][0]]), [w])
        with pytest.raises(ShapeError):
            optimizer.apply(tensors([np.ones((1, 2))]), [w])


def test_wrong_arguments_of_optimizers_are_errors() -> None:
    """One clear error each."""
    for arguments, match in [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "clipped in one way"),
        ({"clipnorm": -1.0}, "above zero"),
        ({"use_ema": True, "ema_momentum": 2.0}, r"lies in \[0, 1\]"),
        ({"gradient_accumulation_steps": 1}, "integer from 2 on"),
        ({"no_such": 1}, "no such arguments"),
        ({"learning_rate": "fast"}, "a number, a schedule or a function"),
    ]:
        with pytest.raises(ArgumentError, match=match):
            optimizers.SGD(**arguments)
    with pytest.raises(ArgumentError, match="no such optimizer"):
        optimizers.get("no_such")
    ws = variables()
    optimizer = optimizers.SGD()
    optimizer.build(ws[:1])
    with pytest.raises(StateError, match="it was built for"):
        optimizer.apply(tensors([np.ones(4)]), ws[1:])
    with pytest.raises(ArgumentError, match="a gradient for each variable"):
        optimizer.apply(tensors([np.ones(4)]), ws)
