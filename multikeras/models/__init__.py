"""Models: layers that can be trained, saved and summarized."""

from multikeras.models.cloning import clone_model
from multikeras.models.functional import Functional
from multikeras.models.model import Model, model_from_json
from multikeras.models.sequential import Sequential
from multikeras.saving.saving_api import load_model, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]
