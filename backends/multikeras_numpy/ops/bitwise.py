"""Operations on the bits of integers, entry by entry."""

from __future__ import annotations

import numpy as np

from multikeras_numpy.table import table

table.alias(
    bitwise_and=np.bitwise_and,
    bitwise_left_shift=np.left_shift,
    bitwise_not=np.bitwise_not,
    bitwise_or=np.bitwise_or,
    bitwise_right_shift=np.right_shift,
    bitwise_xor=np.bitwise_xor,
)
