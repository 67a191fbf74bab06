"""Elastic transforms of images: the movements that are drawn, which the declared cases leave out."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.testing import assert_close, sampling_oracle
from multikeras_conformance import calls


@pytest.fixture(autouse=True)
def _portable():
    if Capability.HOST_CALL not in current().can:
        pytest.skip("no draws on the host")
    mode = keras.config.random_mode()
    keras.config.set_random("portable")
    yield
    keras.config.set_random(mode)


def _moved_slowly(images: np.ndarray, alpha: float, sigma: float, seed: int, order: int, fill_mode: str) -> np.ndarray:
    """Rows and columns are blurred draws; channels are last."""
    count, rows, columns, _ = images.shape
    drawn = calls.to_numpy(keras.random.normal((2 * count, rows, columns, 1), seed=seed)).astype(np.float64)[..., 0]
    size = int(6 * sigma) | 1
    bell = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    bell /= bell.sum()
    for axis in (1, 2):
        drawn = np.apply_along_axis(lambda x: np.convolve(x, bell, "full")[size // 2 : size // 2 + len(x)], axis, drawn)
    results = []
    for n in range(count):
        i, j = np.mgrid[:rows, :columns]
        places = np.stack([i + alpha * sigma * drawn[n], j + alpha * sigma * drawn[count + n]])
        results.append(sampling_oracle.map_coordinates(images[n], places, order, fill_mode))
    return np.stack(results)


@pytest.mark.parametrize(
    ("interpolation", "fill_mode", "first"),
    [("bilinear", "reflect", False), ("nearest", "constant", True), ("bilinear", "wrap", True)],
)
def test_pixels_move_as_blurred_draws_say(interpolation: str, fill_mode: str, first: bool) -> None:
    """Each image by draws of its own, rows by other ones than columns, all channels alike."""
    images = np.random.default_rng(1).standard_normal((2, 7, 6, 2)).astype(np.float32)
    given = np.moveaxis(images, -1, 1).copy() if first else images
    result = ops.image.elastic_transform(
        current().tensors.from_numpy(given),
        2.5,
        0.8,
        interpolation,
        fill_mode,
        seed=5,
        data_format="channels_first" if first else "channels_last",
    )
    array = calls.to_numpy(result)
    expected = _moved_slowly(images, 2.5, 0.8, 5, int(interpolation == "bilinear"), fill_mode)
    assert_close(np.moveaxis(array, 1, -1) if first else array, expected, "float32", 128, "")


def test_each_call_draws_anew_from_a_generator_and_a_seed_repeats() -> None:
    """One image has no batch axis, and integers stay integers."""
    image = current().tensors.from_numpy(np.arange(60, dtype=np.int32).reshape(5, 4, 3))
    generator = keras.random.SeedGenerator(3)

    def moved(seed: object) -> np.ndarray:
        return calls.to_numpy(ops.image.elastic_transform(image, 4.0, 1.0, seed=seed))

    first, second = moved(generator), moved(generator)
    assert first.shape == (5, 4, 3)
    assert first.dtype == np.int32
    assert (first != second).any()
    np.testing.assert_array_equal(moved(7), moved(7))
