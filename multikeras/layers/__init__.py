"""Layers."""

from multikeras.layers.activation.elu import ELU
from multikeras.layers.activation.leaky_relu import LeakyReLU
from multikeras.layers.activation.prelu import PReLU
from multikeras.layers.activation.relu import ReLU
from multikeras.layers.activation.softmax import Softmax
from multikeras.layers.attention.additive_attention import AdditiveAttention
from multikeras.layers.attention.attention import Attention
from multikeras.layers.attention.grouped_query_attention import GroupedQueryAttention as GroupQueryAttention
from multikeras.layers.attention.multi_head_attention import MultiHeadAttention
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.convolutional.conv1d import Conv1D
from multikeras.layers.convolutional.conv1d_transpose import Conv1DTranspose
from multikeras.layers.convolutional.conv2d import Conv2D
from multikeras.layers.convolutional.conv2d_transpose import Conv2DTranspose
from multikeras.layers.convolutional.conv3d import Conv3D
from multikeras.layers.convolutional.conv3d_transpose import Conv3DTranspose
from multikeras.layers.convolutional.depthwise_conv1d import DepthwiseConv1D
from multikeras.layers.convolutional.depthwise_conv2d import DepthwiseConv2D
from multikeras.layers.convolutional.separable_conv1d import SeparableConv1D
from multikeras.layers.convolutional.separable_conv2d import SeparableConv2D
from multikeras.layers.core.activation import Activation
from multikeras.layers.core.dense import Dense
from multikeras.layers.core.einsum_dense import EinsumDense
from multikeras.layers.core.embedding import Embedding
from multikeras.layers.core.identity import Identity
from multikeras.layers.core.lambda_layer import Lambda
from multikeras.layers.core.masking import Masking
from multikeras.layers.core.reversible_embedding import ReversibleEmbedding
from multikeras.layers.core.wrapper import Wrapper
from multikeras.layers.input_layer import Input, InputLayer
from multikeras.layers.layer import Layer
from multikeras.layers.merging.add import Add, add
from multikeras.layers.merging.average import Average, average
from multikeras.layers.merging.concatenate import Concatenate, concatenate
from multikeras.layers.merging.dot import Dot, dot
from multikeras.layers.merging.maximum import Maximum, maximum
from multikeras.layers.merging.minimum import Minimum, minimum
from multikeras.layers.merging.multiply import Multiply, multiply
from multikeras.layers.merging.subtract import Subtract, subtract
from multikeras.layers.normalization.batch_normalization import BatchNormalization
from multikeras.layers.normalization.group_normalization import GroupNormalization
from multikeras.layers.normalization.layer_normalization import LayerNormalization
from multikeras.layers.normalization.rms_normalization import RMSNormalization
from multikeras.layers.normalization.spectral_normalization import SpectralNormalization
from multikeras.layers.normalization.unit_normalization import UnitNormalization
from multikeras.layers.pooling.average_pooling1d import AveragePooling1D
from multikeras.layers.pooling.average_pooling2d import AveragePooling2D
from multikeras.layers.pooling.average_pooling3d import AveragePooling3D
from multikeras.layers.pooling.global_average_pooling1d import GlobalAveragePooling1D
from multikeras.layers.pooling.global_average_pooling2d import GlobalAveragePooling2D
from multikeras.layers.pooling.global_average_pooling3d import GlobalAveragePooling3D
from multikeras.layers.pooling.global_max_pooling1d import GlobalMaxPooling1D
from multikeras.layers.pooling.global_max_pooling2d import GlobalMaxPooling2D
from multikeras.layers.pooling.global_max_pooling3d import GlobalMaxPooling3D
from multikeras.layers.pooling.max_pooling1d import MaxPooling1D
from multikeras.layers.pooling.max_pooling2d import MaxPooling2D
from multikeras.layers.pooling.max_pooling3d import MaxPooling3D
from multikeras.layers.preprocessing.rescaling import Rescaling
from multikeras.layers.recurrent.bidirectional import Bidirectional
from multikeras.layers.recurrent.conv_lstm1d import ConvLSTM1D
from multikeras.layers.recurrent.conv_lstm2d import ConvLSTM2D
from multikeras.layers.recurrent.conv_lstm3d import ConvLSTM3D
from multikeras.layers.recurrent.gru import GRU
from multikeras.layers.recurrent.gru_cell import GRUCell
from multikeras.layers.recurrent.lstm import LSTM
from multikeras.layers.recurrent.lstm_cell import LSTMCell
from multikeras.layers.recurrent.rnn import RNN
from multikeras.layers.recurrent.simple_rnn import SimpleRNN
from multikeras.layers.recurrent.simple_rnn_cell import SimpleRNNCell
from multikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells
from multikeras.layers.recurrent.time_distributed import TimeDistributed
from multikeras.layers.regularization.activity_regularization import ActivityRegularization
from multikeras.layers.regularization.alpha_dropout import AlphaDropout
from multikeras.layers.regularization.dropout import Dropout
from multikeras.layers.regularization.gaussian_dropout import GaussianDropout
from multikeras.layers.regularization.gaussian_noise import GaussianNoise
from multikeras.layers.regularization.spatial_dropout1d import SpatialDropout1D
from multikeras.layers.regularization.spatial_dropout2d import SpatialDropout2D
from multikeras.layers.regularization.spatial_dropout3d import SpatialDropout3D
from multikeras.layers.reshaping.cropping1d import Cropping1D
from multikeras.layers.reshaping.cropping2d import Cropping2D
from multikeras.layers.reshaping.cropping3d import Cropping3D
from multikeras.layers.reshaping.flatten import Flatten
from multikeras.layers.reshaping.permute import Permute
from multikeras.layers.reshaping.repeat_vector import RepeatVector
from multikeras.layers.reshaping.reshape import Reshape
from multikeras.layers.reshaping.up_sampling1d import UpSampling1D
from multikeras.layers.reshaping.up_sampling2d import UpSampling2D
from multikeras.layers.reshaping.up_sampling3d import UpSampling3D
from multikeras.layers.reshaping.zero_padding1d import ZeroPadding1D
from multikeras.layers.reshaping.zero_padding2d import ZeroPadding2D
from multikeras.layers.reshaping.zero_padding3d import ZeroPadding3D

# Keras's other names for the same classes.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D


def serialize(layer: Layer) -> dict:
    """The configuration of a layer."""
    from multikeras.saving.serialization import serialize_keras_object

    return serialize_keras_object(layer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Layer:
    """The layer of a configuration."""
    from multikeras.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects=custom_objects)


__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "MultiHeadAttention",
    "Multiply",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "ReversibleEmbedding",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "Subtract",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]
