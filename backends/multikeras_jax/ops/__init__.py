"""Implementations of ops, one file a subject, named as in `multikeras/ops`."""
