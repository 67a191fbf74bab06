"""Callbacks: what is called at certain moments of training, evaluation and prediction."""

from multikeras.callbacks.callback import Callback
from multikeras.callbacks.callback_list import CallbackList
from multikeras.callbacks.early_stopping import EarlyStopping
from multikeras.callbacks.history import History
from multikeras.callbacks.lambda_callback import LambdaCallback
from multikeras.callbacks.model_checkpoint import ModelCheckpoint
from multikeras.callbacks.progbar_logger import ProgbarLogger
from multikeras.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ModelCheckpoint",
    "ProgbarLogger",
    "TerminateOnNaN",
]
