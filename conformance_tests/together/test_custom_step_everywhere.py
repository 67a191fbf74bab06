"""A user's own `train_step`, one portable source: a GAN on the digits, trained on every backend and compared."""

from __future__ import annotations

import numpy as np
import pytest
from multikeras_conformance.test_training import Gan

import multikeras as keras


def trained(digits) -> tuple[Gan, dict[str, list[float]]]:
    """Two optimizers, noise and dropout drawn in the step, data shuffled."""
    keras.config.set_random("portable")
    keras.utils.set_random_seed(11)
    model = Gan()
    model.compile()
    images = digits[0].reshape(-1, 64) / 16
    return model, model.fit(images, batch_size=32, epochs=3, verbose=0).history


@pytest.fixture(scope="module")
def reference(digits) -> tuple[Gan, dict[str, list[float]]]:
    """What NumPy gives."""
    return trained(digits)


def test_gan_of_one_source_has_one_curve(backend, digits, reference) -> None:
    """Both losses, the weights that come out, and the images that they make."""
    model, history = reference
    with keras.use_backend(backend):
        mine, curves = trained(digits)
    assert {v.backend for v in mine.variables} == {backend}
    for name in ("d_loss", "g_loss"):
        np.testing.assert_allclose(curves[name], history[name], rtol=3e-4, err_msg=name)
        assert len(set(curves[name])) == 3, "it learns"
    for a, b in zip(mine.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-3, atol=5e-4)
    noise = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.testing.assert_allclose(mine.predict(noise, verbose=0), model.predict(noise, verbose=0), rtol=1e-2, atol=5e-3)


def test_compiled_step_is_the_eager_one(backend, digits) -> None:
    """The same source, run as it is written and however the backend compiles it."""
    curves = {}
    for eagerly in (False, True):
        with keras.use_backend(backend):
            keras.utils.set_random_seed(11)
            model = Gan()
            model.compile()
            model.run_eagerly = eagerly
            images = digits[0][:64].reshape(-1, 64) / 16
            curves[eagerly] = model.fit(images, batch_size=32, epochs=1, verbose=0).history
    for name in ("d_loss", "g_loss"):
        np.testing.assert_allclose(curves[True][name], curves[False][name], rtol=1e-4, err_msg=name)
