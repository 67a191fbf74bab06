"""The PyTorch backend: every op through torch's own kernels, every layer an `nn.Module`."""

from multikeras_torch.adapter import backend

__all__ = ["backend"]
