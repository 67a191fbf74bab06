"""Assertions and oracles, for tests of multikeras and of backends by others."""

from multikeras.testing.assertions import assert_close, assert_same_spec
from multikeras.testing.fetches import counted_fetches

__all__ = ["assert_close", "assert_same_spec", "counted_fetches"]
