"""`keras.ops.image`: ops on images."""

from multikeras.ops.image.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from multikeras.ops.image.resizing import resize

__all__ = ["hsv_to_rgb", "resize", "rgb_to_grayscale", "rgb_to_hsv"]
