"""`keras.ops.image`: ops on images."""

from multikeras.ops.image.blurring import gaussian_blur
from multikeras.ops.image.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from multikeras.ops.image.cropping import crop_images, pad_images
from multikeras.ops.image.edges import sobel_edges
from multikeras.ops.image.patches import extract_patches, extract_patches_3d
from multikeras.ops.image.resizing import resize

__all__ = [
    "crop_images",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "pad_images",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "sobel_edges",
]
