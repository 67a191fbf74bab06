"""`keras.ops.nn`: the ops of neural networks."""

from multikeras.ops.angles import polar
from multikeras.ops.nn.attention import dot_product_attention
from multikeras.ops.nn.biased_convolution import biased_conv
from multikeras.ops.nn.blocks import fold, unfold
from multikeras.ops.nn.connectionist import ctc_loss
from multikeras.ops.nn.convolution import conv, conv_transpose, depthwise_conv, separable_conv
from multikeras.ops.nn.decoding import ctc_decode
from multikeras.ops.nn.depth import depth_to_space, space_to_depth
from multikeras.ops.nn.encoding import multi_hot, one_hot
from multikeras.ops.nn.group_normalization import group_normalization
from multikeras.ops.nn.gru import gru
from multikeras.ops.nn.linear import linear
from multikeras.ops.nn.loss import binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy
from multikeras.ops.nn.lstm import lstm
from multikeras.ops.nn.moments import moments
from multikeras.ops.nn.noise_ratio import psnr
from multikeras.ops.nn.normalization import batch_normalization, layer_normalization, normalize, rms_normalization
from multikeras.ops.nn.pooling import adaptive_average_pool, adaptive_max_pool, average_pool, max_pool
from multikeras.ops.nn.rectifier import (
    celu,
    elu,
    hard_shrink,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    selu,
    soft_shrink,
    threshold,
)
from multikeras.ops.nn.sigmoid import (
    gelu,
    glu,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    log_sigmoid,
    sigmoid,
    silu,
    softsign,
    sparse_sigmoid,
    swish,
    tanh_shrink,
)
from multikeras.ops.nn.softmax import log_softmax, softmax, sparsemax
from multikeras.ops.nn.softplus import softplus, sparse_plus, squareplus

__all__ = [
    "adaptive_average_pool",
    "adaptive_max_pool",
    "average_pool",
    "batch_normalization",
    "biased_conv",
    "binary_crossentropy",
    "categorical_crossentropy",
    "celu",
    "conv",
    "conv_transpose",
    "ctc_decode",
    "ctc_loss",
    "depth_to_space",
    "depthwise_conv",
    "dot_product_attention",
    "elu",
    "fold",
    "gelu",
    "glu",
    "group_normalization",
    "gru",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "layer_normalization",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "lstm",
    "max_pool",
    "moments",
    "multi_hot",
    "normalize",
    "one_hot",
    "polar",
    "psnr",
    "relu",
    "relu6",
    "rms_normalization",
    "selu",
    "separable_conv",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "space_to_depth",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
    "unfold",
]
