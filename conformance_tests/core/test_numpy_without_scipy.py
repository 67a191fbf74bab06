"""NumPy's transforms and triangular factors where SciPy is not installed, and where it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from multikeras_numpy.kernels import elimination
from multikeras_numpy.ops import fourier

import multikeras as keras

_draws = np.random.default_rng(0)


@pytest.fixture(params=["with SciPy", "without"], autouse=True)
def _scipy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both choose at the first call."""
    caches = (fourier.transform, elimination._lapack)
    for cache in caches:
        cache.cache_clear()
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "scipy", None)
        # Submodules that were imported before are found by themselves.
        for name in ("scipy.fft", "scipy.linalg"):
            monkeypatch.setitem(sys.modules, name, None)
    with keras.use_backend("numpy"):
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 8), (2, 5, 7), (70, 1024)], ids=str)
def test_transforms_are_the_definition(shape: tuple[int, ...], dtype: str) -> None:
    """The last is large enough for threads."""
    x, y = (_draws.uniform(-1, 1, shape).astype(dtype) for _ in range(2))
    exact = x.astype("float64") + 1j * y.astype("float64")
    angles = np.outer(*[np.arange(shape[-1])] * 2) % shape[-1] * (2 * np.pi / shape[-1])
    close = {"rtol": 1e-2 if dtype == "float16" else 1e-4, "atol": 0.1 if dtype == "float16" else 1e-3}
    _same(keras.ops.fft((x, y)), exact @ np.exp(-1j * angles), dtype, close)
    _same(keras.ops.rfft(x), (exact.real @ np.exp(-1j * angles))[..., : shape[-1] // 2 + 1], dtype, close)
    halves = keras.ops.rfft(x)
    np.testing.assert_allclose(keras.ops.irfft(halves, shape[-1]), x, **close)
    assert keras.ops.irfft(halves, shape[-1]).dtype == dtype
    turned = keras.ops.ifft2(keras.ops.fft2((x, y)))
    _same(turned, exact, dtype, close)


def _same(received: tuple, expected: np.ndarray, dtype: str, close: dict[str, float]) -> None:
    for part, wanted in zip(received, (expected.real, expected.imag), strict=True):
        assert part.dtype == dtype
        np.testing.assert_allclose(part, wanted, **close)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(5, 5), (40, 33), (2, 33, 40), (9, 4, 3), (0, 3), (2, 0, 0)], ids=str)
def test_factors_multiply_to_the_matrix(shape: tuple[int, ...], dtype: str) -> None:
    """Rows are exchanged so that no factor is larger than 1, but for complex ones, whose size has two measures."""
    matrices = _draws.uniform(-1, 1, (*shape, 2)).view("complex128")[..., 0].astype(dtype if dtype[0] == "c" else "c16")
    matrices = matrices if dtype[0] == "c" else matrices.real.astype(dtype)
    before = matrices.copy()
    lu, pivots = keras.ops.lu_factor(matrices)
    assert (lu.dtype, lu.shape, pivots.dtype) == (np.dtype(dtype), matrices.shape, np.dtype("int32"))
    np.testing.assert_array_equal(matrices, before)
    count = min(shape[-2:])
    for place in np.ndindex(*shape[:-2]):
        lower = np.tril(lu[place][:, :count], -1) + np.eye(shape[-2], count)
        product = lower @ np.triu(lu[place][:count])
        for row, other in reversed(list(enumerate(pivots[place]))):
            product[[row, other]] = product[[other, row]]
        np.testing.assert_allclose(product, matrices[place], atol=1e-4 if dtype in ("float32", "complex64") else 1e-12)
        assert np.all(np.abs(lower) <= (1 if dtype[0] == "f" else 1.5))
