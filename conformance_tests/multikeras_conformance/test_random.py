"""Random draws: in portable mode bit-identical everywhere, eager or compiled; in fast mode right in distribution."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops, random
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, DTypeError
from multikeras.random.threefry import threefry2x32, words
from multikeras.training.step import CompiledStep

# Counter, key and result of Threefry-2x32 with 20 rounds, from the file of known answers of Random123 (Salmon et al.,
# 2011).
KNOWN_ANSWERS = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_threefry_gives_the_known_answers(counter, key, result) -> None:
    """The vectors of the paper's library."""
    first, second = (np.array([c], np.uint32) for c in counter)
    x0, x1 = threefry2x32(np.array(key, np.uint32), (first, second))
    assert (int(x0[0]), int(x1[0])) == result


def test_stream_of_a_key_is_the_blocks_of_its_counter() -> None:
    """Words in order, odd counts too."""
    key = np.array([5, 6], np.uint32)
    blocks = [threefry2x32(key, (np.zeros(1, np.uint32), np.array([i], np.uint32))) for i in range(3)]
    expected = [int(w[0]) for block in blocks for w in block]
    assert words(key, 5).tolist() == expected[:5]


def generator(seed: int = 9):
    return random.SeedGenerator(seed)


DRAWS = {
    "uniform": (lambda seed: random.uniform((33, 7), seed=seed), "976ea09e1e2dee3d"),
    "uniform-bounds": (lambda seed: random.uniform((5, 5), -2.0, 3.0, seed=seed), "4b1a03f1c9ae0689"),
    "uniform-float16": (lambda seed: random.uniform((33,), dtype="float16", seed=seed), "6d3924d9d0415d38"),
    "normal": (lambda seed: random.normal((33, 7), seed=seed), "f841f5da34c99964"),
    "normal-moments": (lambda seed: random.normal((9,), mean=2.0, stddev=0.5, seed=seed), "af642d167721ad36"),
    "truncated_normal": (lambda seed: random.truncated_normal((200,), seed=seed), "89cd32b804be3ae2"),
    "randint": (lambda seed: random.randint((33,), -5, 1000, seed=seed), "a653a26ad7daa352"),
    "randint-uint8": (lambda seed: random.randint((33,), 0, 256, dtype="uint8", seed=seed), "6d866ac5c12fcabc"),
    "dropout": (lambda seed: random.dropout(ops.ones((20, 20)), 0.25, seed=seed), "4a9bf55462604f4b"),
    "dropout-slices": (
        lambda seed: random.dropout(ops.ones((9, 5, 3)), 0.5, noise_shape=(None, 1, 3), seed=seed),
        "6318e88f4989217c",
    ),
    "shuffle": (lambda seed: random.shuffle(ops.arange(50), seed=seed), "fc6cf3ffdd772b25"),
    "shuffle-axis": (
        lambda seed: random.shuffle(ops.reshape(ops.arange(60), (4, 15)), axis=1, seed=seed),
        "52fdb61324e1cc8e",
    ),
    "categorical": (lambda seed: random.categorical([[0.0, 1.0, -1.0]] * 3, 20, seed=seed), "e5ff69a33220955f"),
    "gamma": (lambda seed: random.gamma((20,), 2.0, seed=seed), "bbb00ac40e29a0df"),
    "beta": (lambda seed: random.beta((20,), 2.0, 3.0, seed=seed), "5d418fccedc533ac"),
    "binomial": (lambda seed: random.binomial((20,), 10, 0.3, seed=seed), "85ee208ef2064e7a"),
}
every_draw = pytest.mark.parametrize(("draw", "digest"), DRAWS.values(), ids=DRAWS)


def sha256(x) -> str:
    return hashlib.sha256(np.ascontiguousarray(ops.convert_to_numpy(x)).tobytes()).hexdigest()[:16]


@every_draw
def test_portable_draw_is_bit_identical_everywhere(draw, digest) -> None:
    """By an integer, and by the first key of a generator."""
    keras.config.set_random("portable")
    assert sha256(draw(9)) == digest
    assert sha256(draw(generator())) == digest


@every_draw
def test_portable_draw_is_the_same_in_a_compiled_step(draw, digest) -> None:
    """The generator's state is a variable of the step: each call draws anew, as eager calls do."""
    if Capability.COMPILE not in current().can:
        return
    keras.config.set_random("portable")
    eager = generator()
    expected = [sha256(draw(eager)) for _ in range(3)]
    assert expected[0] == digest
    assert len(set(expected)) == 3
    compiled = generator()
    # Where steps run uncompiled unless asked otherwise, the optimizing compiler is what is left to test.
    whole = Capability.EAGER_STEPS in current().can
    step = CompiledStep(lambda x: draw(compiled), current(), [compiled.state], whole=whole)
    assert [sha256(step(ops.zeros(()))) for _ in range(3)] == expected


@every_draw
@pytest.mark.parametrize("mode", ["fast", "portable"])
def test_draw_follows_its_seed(draw, digest, mode) -> None:
    """One integer, one draw; a seeded generator repeats its draws; no seed follows `set_random_seed`."""
    keras.config.set_random(mode)
    assert sha256(draw(3)) == sha256(draw(3))
    first, second = generator(), generator()
    drawn = [sha256(draw(first)) for _ in range(2)]
    assert drawn == [sha256(draw(second)) for _ in range(2)]
    assert drawn[0] != drawn[1]
    keras.utils.set_random_seed(5)
    unseeded = [sha256(draw(None)) for _ in range(2)]
    assert unseeded[0] != unseeded[1]
    keras.utils.set_random_seed(5)
    assert [sha256(draw(None)) for _ in range(2)] == unseeded


@pytest.mark.parametrize("mode", ["fast", "portable"])
def test_draws_have_their_distributions(mode) -> None:
    """Moments within five standard errors; bounds kept."""
    keras.config.set_random(mode)
    n = 40_000
    to_numpy = ops.convert_to_numpy

    def near(array, mean, stddev):
        array = array.astype(np.float64)
        assert abs(array.mean() - mean) < 5 * stddev / np.sqrt(n)
        assert abs(array.std() - stddev) < 10 * stddev / np.sqrt(n)

    x = to_numpy(random.uniform((n,), -1.0, 3.0, seed=1))
    near(x, 1.0, 4 / np.sqrt(12))
    assert x.min() >= -1
    assert x.max() < 3
    near(to_numpy(random.normal((n,), 2.0, 3.0, seed=1)), 2.0, 3.0)
    x = to_numpy(random.truncated_normal((n,), seed=1))
    near(x, 0.0, 0.8796)
    assert np.abs(x).max() <= 2
    x = to_numpy(random.randint((n,), 3, 7, seed=1))
    near(x, 4.5, np.sqrt(15 / 12))
    assert set(x.tolist()) == {3, 4, 5, 6}
    x = to_numpy(random.categorical(ops.convert_to_tensor(np.log([[0.1, 0.2, 0.7]]).astype("f")), n, seed=1))
    shares = np.bincount(x.reshape(-1), minlength=3) / n
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.7], atol=5 * 0.5 / np.sqrt(n))
    x = to_numpy(random.dropout(ops.ones((n,)), 0.3, seed=1))
    near(x, 1.0, np.sqrt(0.3 / 0.7))
    assert sorted(to_numpy(random.shuffle(ops.arange(100), seed=1)).tolist()) == list(range(100))
    near(to_numpy(random.gamma((n,), 3.0, seed=1)), 3.0, np.sqrt(3))
    near(to_numpy(random.beta((n,), 2.0, 2.0, seed=1)), 0.5, np.sqrt(1 / 20))
    near(to_numpy(random.binomial((n,), 8, 0.5, seed=1)), 4.0, np.sqrt(2))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_uniform_draw_never_reaches_its_bound(dtype) -> None:
    """Not by rounding to 16 bits either."""
    keras.config.set_random("portable")
    x = ops.convert_to_numpy(random.uniform((200_000,), dtype=dtype, seed=1)).astype(np.float64)
    assert x.max() < 1
    assert x.min() >= 0


def test_wrong_draws_are_errors() -> None:
    """dtypes, bounds and seeds."""
    with pytest.raises(DTypeError, match="These draws are floats"):
        random.uniform((2,), dtype="int32")
    with pytest.raises(DTypeError, match="These draws are integers"):
        random.randint((2,), 0, 2, dtype="float32")
    with pytest.raises(ArgumentError, match="minval lies below maxval"):
        random.randint((2,), 2, 2)
    with pytest.raises(ArgumentError, match="A seed is an integer"):
        random.uniform((2,), seed="one")
