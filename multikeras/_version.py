"""The version, in the one place from which packaging and `multikeras.__version__` read it."""

__version__ = "0.1.0.dev0"
