"""`keras.ops.image`: ops on images."""

from multikeras.ops.image.resizing import resize

__all__ = ["resize"]
