"""A backend of multikeras on Autograd, as a stranger would write one."""

from multikeras_template.adapter import backend

__all__ = ["backend"]
