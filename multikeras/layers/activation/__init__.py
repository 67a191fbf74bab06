"""Layers that compute an activation."""
