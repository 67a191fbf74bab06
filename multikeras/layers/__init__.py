"""Layers."""

from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.convolutional.conv1d import Conv1D
from multikeras.layers.convolutional.conv2d import Conv2D
from multikeras.layers.convolutional.conv3d import Conv3D
from multikeras.layers.core.activation import Activation
from multikeras.layers.core.dense import Dense
from multikeras.layers.core.identity import Identity
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
from multikeras.layers.regularization.dropout import Dropout
from multikeras.layers.reshaping.flatten import Flatten
from multikeras.layers.reshaping.reshape import Reshape

# Keras's other names for the same classes.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D


def serialize(layer: Layer) -> dict:
    """The configuration of a layer."""
    from multikeras.saving.serialization import serialize_keras_object

    return serialize_keras_object(layer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Layer:
    """The layer of a configuration."""
    from multikeras.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects=custom_objects)


__all__ = [
    "Activation",
    "Add",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
    "Dense",
    "Dot",
    "Dropout",
    "Flatten",
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
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "Multiply",
    "Rescaling",
    "Reshape",
    "Subtract",
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
