"""Layers that change shapes alone."""
