"""The TensorFlow backend: every op through its own kernels, every step a `tf.function`, every layer trackable."""

from multikeras_tensorflow.adapter import backend

__all__ = ["backend"]
