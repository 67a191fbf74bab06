"""Callbacks: what is called at certain moments of training, evaluation and prediction."""

from multikeras.callbacks.backup_and_restore import BackupAndRestore
from multikeras.callbacks.callback import Callback
from multikeras.callbacks.callback_list import CallbackList
from multikeras.callbacks.csv_logger import CSVLogger
from multikeras.callbacks.early_stopping import EarlyStopping
from multikeras.callbacks.history import History
from multikeras.callbacks.lambda_callback import LambdaCallback
from multikeras.callbacks.learning_rate_scheduler import LearningRateScheduler
from multikeras.callbacks.model_checkpoint import ModelCheckpoint
from multikeras.callbacks.orbax_checkpoint import OrbaxCheckpoint
from multikeras.callbacks.progbar_logger import ProgbarLogger
from multikeras.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from multikeras.callbacks.remote_monitor import RemoteMonitor
from multikeras.callbacks.swap_ema_weights import SwapEMAWeights
from multikeras.callbacks.tensorboard import TensorBoard
from multikeras.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "OrbaxCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
