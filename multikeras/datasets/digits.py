"""1,797 images of handwritten digits that ship with the package: no download, and quick to learn."""

from __future__ import annotations

import functools
import importlib.resources

import numpy as np

# Decides which images are for training, and their order: another seed is another dataset.
_SPLIT_SEED = 1998
_TEST_EVERY = 5


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The digits as `(x_train, y_train), (x_test, y_test)`.

    An image counts, in each of 8 x 8 blocks, the dark ones among 4 x 4 pixels of a larger bitmap. The split is always
    the same: a fifth of each digit, to within one image, is for testing, and both parts are in a fixed shuffled order.

    Returns:
        `x_train` (1437, 8, 8) and `x_test` (360, 8, 8), uint8 from 0 (paper) to 16 (ink); `y_train` (1437,) and
        `y_test` (360,), uint8 from 0 to 9. The arrays are the caller's own.

    Source:
        E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, test part, UCI Machine Learning
        Repository, doi 10.24432/C50P49, licensed under CC BY 4.0.

    ```python
    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((1437, 8, 8), (1437,), (360, 8, 8), (360,))
    >>> int(x_train.min()), int(x_train.max())
    (0, 16)

    ```
    """
    images, labels = _stored()
    train, test = _split(labels)
    return (images[train], labels[train]), (images[test], labels[test])


@functools.cache
def _stored() -> tuple[np.ndarray, np.ndarray]:
    with (importlib.resources.files("multikeras.datasets") / "data" / "digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["images"], arrays["labels"]


def _split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions for training and for testing, shuffled; every fifth of each digit is for testing."""
    # RandomState, unlike Generator, promises the same numbers in every version of NumPy.
    order = np.random.RandomState(_SPLIT_SEED).permutation(len(labels))
    by_digit = order[np.argsort(labels[order], kind="stable")]
    for_test = np.zeros(len(labels), dtype=bool)
    for_test[by_digit[::_TEST_EVERY]] = True
    return order[~for_test[order]], order[for_test[order]]
