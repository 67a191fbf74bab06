"""Small datasets for examples and tests, each a module with `load_data`."""

from multikeras.datasets import digits, mnist

__all__ = ["digits", "mnist"]
