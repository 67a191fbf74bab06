"""The MNIST handwritten digits: 70,000 images, downloaded at the first use."""

from __future__ import annotations

import numpy as np

from multikeras.utils.file_download import get_file

_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str = "mnist.npz") -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """MNIST as `(x_train, y_train), (x_test, y_test)`.

    The file (11 MB) is kept under `$KERAS_HOME/datasets`, or `~/.keras/datasets`, and checked at every call.

    Args:
        path: The name of the file there.

    Returns:
        `x_train` (60000, 28, 28) and `x_test` (10000, 28, 28), uint8 from 0 (paper) to 255 (ink); `y_train` (60000,)
        and `y_test` (10000,), uint8 from 0 to 9.

    Raises:
        DownloadError: The file is not there and cannot be downloaded, or what came is not the file expected.

    Source:
        Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits, licensed under CC BY-SA 3.0.
    """
    with np.load(get_file(path, origin=_URL, file_hash=_SHA256), allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
