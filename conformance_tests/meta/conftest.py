"""The suite is tested on NumPy, which every machine has."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras

multikeras.set_backend("numpy")


@pytest.fixture(autouse=True)
def _quiet_arithmetic():
    with np.errstate(all="ignore"):
        yield
