"""`keras.ops.nn`: the ops of neural networks."""

__all__ = []
