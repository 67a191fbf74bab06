"""Convolutions and poolings on NumPy arrays: plain functions, with their gradients, that know nothing of the rest.

| file | holds |
|---|---|
| windows.py | where windows lie on a grid |
| layout.py | order of axes, precision of sums |
| columns.py | windows as the rows of a matrix |
| correlation.py | the sums behind every convolution |
| depthwise.py | the same where each channel has its own filter |
| convolution.py, transposed_convolution.py, separable_convolution.py | the operations and their gradients |
| folding.py | windows combined along one axis |
| max_pooling.py, average_pooling.py | the poolings and their gradients |

Shapes are taken to have been checked by the caller. Results with the channels first are views of channels-last memory.
"""

from multikeras_numpy.kernels.average_pooling import average_pool, average_pool_gradient
from multikeras_numpy.kernels.convolution import conv, conv_input_gradient, conv_kernel_gradient, conv_with_columns
from multikeras_numpy.kernels.max_pooling import max_pool, max_pool_gradient
from multikeras_numpy.kernels.separable_convolution import (
    depthwise_conv,
    depthwise_conv_input_gradient,
    depthwise_conv_kernel_gradient,
    separable_conv,
)
from multikeras_numpy.kernels.transposed_convolution import (
    conv_transpose,
    conv_transpose_input_gradient,
    conv_transpose_kernel_gradient,
)

__all__ = [
    "average_pool",
    "average_pool_gradient",
    "conv",
    "conv_input_gradient",
    "conv_kernel_gradient",
    "conv_transpose",
    "conv_transpose_input_gradient",
    "conv_transpose_kernel_gradient",
    "conv_with_columns",
    "depthwise_conv",
    "depthwise_conv_input_gradient",
    "depthwise_conv_kernel_gradient",
    "max_pool",
    "max_pool_gradient",
    "separable_conv",
]
