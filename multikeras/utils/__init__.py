"""Tools around models: downloads and the like."""

from multikeras.utils.file_download import get_file

__all__ = ["get_file"]
