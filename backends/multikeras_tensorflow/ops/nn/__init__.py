"""Implementations of the ops of neural networks, one file a subject."""
