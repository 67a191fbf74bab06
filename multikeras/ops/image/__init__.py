"""`keras.ops.image`: ops on images."""

from multikeras.ops.image.blurring import gaussian_blur
from multikeras.ops.image.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from multikeras.ops.image.coordinates import map_coordinates
from multikeras.ops.image.cropping import crop_images, pad_images
from multikeras.ops.image.edges import sobel_edges
from multikeras.ops.image.elastic import elastic_transform
from multikeras.ops.image.patches import extract_patches, extract_patches_3d
from multikeras.ops.image.resizing import resize
from multikeras.ops.image.scaling import scale_and_translate
from multikeras.ops.image.similarity import ssim
from multikeras.ops.image.warping import affine_transform, perspective_transform

__all__ = [
    "affine_transform",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]
