"""Implementations of ops, by subject."""
