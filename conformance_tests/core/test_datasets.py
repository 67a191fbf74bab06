import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from multikeras.datasets import digits, mnist
from multikeras.errors import CorruptDownloadError, DownloadError


def test_digits_are_those_of_the_source():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    rows = np.concatenate([np.c_[x_train.reshape(-1, 64), y_train], np.c_[x_test.reshape(-1, 64), y_test]])
    # Of the rows of optdigits.tes, sorted: 64 pixels and the digit, a byte each.
    assert hashlib.sha256(rows[np.lexsort(rows.T)].tobytes()).hexdigest() == (
        "922f8bcf7625699058bfcdca9f67ada239072ee6998c6c7618869bf9ed8adc35"
    )


def test_digits_have_the_documented_shapes_dtypes_and_range():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [(1437, 8, 8), (1437,), (360, 8, 8), (360,)]
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert (x_train.min(), x_train.max(), y_train.min(), y_train.max()) == (0, 16, 0, 9)


def test_digits_are_stored_with_the_right_labels():
    # Zeros have paper in the middle and ones have ink there, however they are written.
    (x, y), _ = digits.load_data()
    middle = x[:, 3:5, 3:5].mean(axis=(1, 2))
    assert middle[y == 0].mean() < 3
    assert middle[y == 1].mean() > 12


def test_digits_split_takes_a_fifth_of_each_digit_for_testing():
    (_, y_train), (_, y_test) = digits.load_data()
    fifth = (np.bincount(y_train) + np.bincount(y_test)) / 5
    assert np.all(np.abs(np.bincount(y_test) - fifth) <= 1)


def test_digits_split_never_changes():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    content = b"".join(a.tobytes() for a in (x_train, y_train, x_test, y_test))
    assert hashlib.sha256(content).hexdigest() == "646c0b27b49644331699185dbfc40e923a74057051d8549afde8f2fb437ab67b"


def test_digits_given_to_one_caller_are_not_shared_with_the_next():
    (x_train, _), _ = digits.load_data()
    x_train[:] = 99
    assert digits.load_data()[0][0].max() == 16


def test_digits_load_without_a_framework_and_without_writing(tmp_path):
    code = (
        "import sys; from multikeras.datasets import digits; digits.load_data();"
        "assert not {'torch', 'jax', 'tensorflow'} & set(sys.modules)"
    )
    environment = {**os.environ, "KERAS_HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def mnist_file(tmp_path, monkeypatch):
    """A small stand-in for the file on the server."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 6, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 2, dtype=np.uint8),
    }
    file = tmp_path / "server" / "mnist.npz"
    file.parent.mkdir()
    np.savez(file, allow_pickle=False, **arrays)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(mnist, "_URL", file.as_uri())
    monkeypatch.setattr(mnist, "_SHA256", hashlib.sha256(file.read_bytes()).hexdigest())
    return file, arrays


def test_mnist_is_downloaded_once_and_kept_in_the_cache(mnist_file, tmp_path):
    file, arrays = mnist_file
    for _ in range(2):
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        for name, value in {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}.items():
            np.testing.assert_array_equal(value, arrays[name])
        file.unlink(missing_ok=True)
    assert (tmp_path / "home" / "datasets" / "mnist.npz").is_file()


def test_mnist_that_was_tampered_with_is_refused_and_not_kept(mnist_file, tmp_path):
    file, _ = mnist_file
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(CorruptDownloadError, match="hash"):
        mnist.load_data()
    assert not list((tmp_path / "home" / "datasets").iterdir())


def test_mnist_out_of_reach_is_one_clear_error(mnist_file):
    file, _ = mnist_file
    file.unlink()
    with pytest.raises(DownloadError, match="put the file at"):
        mnist.load_data()


def test_mnist_comes_from_where_keras_takes_it():
    assert mnist._URL == "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    assert mnist._SHA256 == "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
