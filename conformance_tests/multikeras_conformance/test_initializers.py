"""Initializers: bit-identical on every backend, with the statistics of their definitions."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import initializers, ops
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras_conformance.calls import dtypes_held

SHAPE = (3, 3, 16, 32)
FAN_IN, FAN_OUT = 9 * 16, 9 * 32
SEED = 42

# Name, arguments, standard deviation, greatest absolute value, SHA-256 of the float32 values of SHAPE.
TABLE = [
    ("RandomNormal", {"stddev": 0.5}, 0.5, math.inf, "74468dfc2007a22a"),
    ("RandomUniform", {"minval": -0.5, "maxval": 0.5}, 1 / math.sqrt(12), 0.5, "e307c01492a0ff65"),
    ("TruncatedNormal", {"stddev": 0.5}, 0.5 * 0.8796, 1.0, "bd893549fe18a1eb"),
    ("GlorotUniform", {}, math.sqrt(2 / (FAN_IN + FAN_OUT)), math.sqrt(6 / (FAN_IN + FAN_OUT)), "2343cd4b1a0cf232"),
    ("GlorotNormal", {}, math.sqrt(2 / (FAN_IN + FAN_OUT)), math.inf, "83a279203d97bc34"),
    ("HeUniform", {}, math.sqrt(2 / FAN_IN), math.sqrt(6 / FAN_IN), "2ba94d628df0c412"),
    ("HeNormal", {}, math.sqrt(2 / FAN_IN), math.inf, "cfd2cc9dff670b96"),
    ("LecunUniform", {}, math.sqrt(1 / FAN_IN), math.sqrt(3 / FAN_IN), "8c667f6d47f1bdb6"),
    ("LecunNormal", {}, math.sqrt(1 / FAN_IN), math.inf, "bfc9c3ef2e3d1bb9"),
    (
        "VarianceScaling",
        {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"},
        math.sqrt(3 / FAN_OUT),
        math.inf,
        "a2fb4dee1b4d7e1d",
    ),
    ("Orthogonal", {"gain": 2.0}, 2.0 / math.sqrt(FAN_IN), math.inf, "4c7d33ebeb4e75f8"),
]
every_random = pytest.mark.parametrize(
    ("name", "arguments", "stddev", "bound", "digest"), TABLE, ids=[row[0] for row in TABLE]
)


def values(name, arguments, shape=SHAPE, dtype=None, seed: Any = SEED) -> np.ndarray:
    return ops.convert_to_numpy(getattr(initializers, name)(**arguments, seed=seed)(shape, dtype=dtype))


def sha256(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


@every_random
def test_random_initializer_is_bit_identical_everywhere(name, arguments, stddev, bound, digest) -> None:
    """The bits of one seed are those that every backend and every machine gives."""
    array = values(name, arguments)
    assert array.shape == SHAPE
    assert array.dtype == np.float32
    assert sha256(array) == digest


@every_random
def test_random_initializer_has_its_statistics(name, arguments, stddev, bound, digest) -> None:
    """Mean 0 and the standard deviation of the definition, within five standard errors; the bound holds."""
    array = values(name, arguments).astype(np.float64)
    assert abs(array.mean()) < 5 * stddev / math.sqrt(array.size)
    assert array.std() == pytest.approx(stddev, rel=5 / math.sqrt(array.size) + 1e-3)
    assert np.abs(array).max() <= bound * (1 + 1e-6)


@every_random
def test_random_initializer_follows_its_seed(name, arguments, stddev, bound, digest) -> None:
    """One seed, one draw; another seed, another; a generator draws anew; 16 bits are the rounded ones of 32."""
    first = values(name, arguments)
    np.testing.assert_array_equal(values(name, arguments), first)
    assert not np.array_equal(values(name, arguments, seed=SEED + 1), first)
    generator = keras.random.SeedGenerator(SEED)
    drawn = [values(name, arguments, seed=generator) for _ in range(2)]
    np.testing.assert_array_equal(drawn[0], first)
    assert not np.array_equal(drawn[0], drawn[1])
    keras.utils.set_random_seed(3)
    unseeded = values(name, arguments, seed=None)
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(values(name, arguments, seed=None), unseeded)
    for dtype in ("float16", "bfloat16", "float64"):
        if dtype in dtypes_held():
            array = values(name, arguments, dtype=dtype)
            assert array.dtype.name == dtype
            if dtype != "float64":
                np.testing.assert_array_equal(array, first.astype(array.dtype))


@every_random
def test_random_initializer_is_made_from_its_config(name, arguments, stddev, bound, digest) -> None:
    """By itself and through JSON."""
    made = getattr(initializers, name)(**arguments, seed=SEED)
    assert {**arguments, "seed": SEED}.items() <= made.get_config().items()
    through_json = json.loads(json.dumps(serialize_keras_object(made)))
    for twin in (type(made).from_config(made.get_config()), deserialize_keras_object(through_json)):
        assert type(twin) is type(made)
        assert sha256(ops.convert_to_numpy(twin(SHAPE))) == digest


def test_variables_of_a_model_are_bit_identical_everywhere() -> None:
    """Without seeds `set_random_seed` decides, whatever was drawn by the framework's generator in between."""
    keras.utils.set_random_seed(11)
    first = keras.layers.Dense(8)
    first.build((None, 5))
    keras.random.normal((7,))
    second = keras.layers.Conv2D(4, 3, kernel_initializer="orthogonal")
    second.build((None, 6, 6, 2))
    assert [sha256(layer.get_weights()[0]) for layer in (first, second)] == ["a17c0bc809330dab", "6e278ec1b5c89230"]


def test_constants_are_what_they_say() -> None:
    """Zeros, Ones, Constant, Identity and Orthogonal's definition."""
    to_numpy = ops.convert_to_numpy
    np.testing.assert_array_equal(to_numpy(initializers.Zeros()((2, 3))), np.zeros((2, 3)))
    np.testing.assert_array_equal(to_numpy(initializers.Ones()((2,), dtype="int32")), [1, 1])
    np.testing.assert_array_equal(to_numpy(initializers.Constant(2.5)((2,))), [2.5, 2.5])
    np.testing.assert_array_equal(to_numpy(initializers.Identity(2.0)((3, 2))), 2.0 * np.eye(3, 2))
    tall = to_numpy(initializers.Orthogonal(gain=2.0, seed=1)((6, 4))).astype(np.float64)
    np.testing.assert_allclose(tall.T @ tall, 4 * np.eye(4), atol=1e-5)
    flat = to_numpy(initializers.Orthogonal(seed=1)((2, 2, 9))).reshape(4, 9).astype(np.float64)
    np.testing.assert_allclose(flat @ flat.T, np.eye(4), atol=1e-6)


def test_stft_is_a_windowed_fourier_transform() -> None:
    """Against NumPy's FFT of a frame."""
    frame = np.random.default_rng(0).normal(size=8)
    real, imag = (
        ops.convert_to_numpy(initializers.STFT(side, window=np.hanning(8).astype("f"), scaling=None)((8, 1, 5)))
        for side in ("real", "imag")
    )
    expected = np.fft.rfft(frame * np.hanning(8))
    np.testing.assert_allclose(frame @ real[:, 0], expected.real, atol=1e-5)
    np.testing.assert_allclose(frame @ imag[:, 0], expected.imag, atol=1e-5)
