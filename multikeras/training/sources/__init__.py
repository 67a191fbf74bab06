"""Kinds of data that `fit`, `evaluate` and `predict` take besides arrays and iterables, one a file."""
