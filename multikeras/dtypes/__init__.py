"""Dtype names, their promotion lattice, and the dtype policies of layers."""

from multikeras.dtypes.lattice import result_type, standardize
from multikeras.dtypes.policy import DTypePolicy, FloatDTypePolicy

__all__ = ["DTypePolicy", "FloatDTypePolicy", "result_type", "standardize"]
