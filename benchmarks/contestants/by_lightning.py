"""The workloads in PyTorch Lightning: the modules of `by_torch`, its trainer and a `DataLoader`."""

from __future__ import annotations

import importlib
import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from contestants.by_torch import network
from contestants.workloads import WORKLOADS
from torch.utils.data import DataLoader, TensorDataset

# Nothing that the project needs: imported where it is installed.
lightning: Any = importlib.import_module("lightning")

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Module(lightning.LightningModule):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.model = network(name)
        self.criterion = torch.nn.CrossEntropyLoss()
        self.seconds = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x.permute(0, 3, 1, 2) if self.name == "cnn" else x)

    def on_train_epoch_start(self) -> None:
        self.start = time.perf_counter()
        self.total, self.right = torch.zeros(()), torch.zeros((), dtype=torch.long)

    def training_step(self, batch: Any, number: int) -> torch.Tensor:
        x, y = batch
        logits = self(x)
        loss = self.criterion(logits, y)
        self.total += loss.detach() * len(x)
        self.right += (logits.detach().argmax(1) == y).sum()
        return loss

    def on_train_epoch_end(self) -> None:
        _ = float(self.total), float(self.right)
        self.seconds = time.perf_counter() - self.start

    def predict_step(self, batch: Any, number: int) -> torch.Tensor:
        return self(batch[0])

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), 1e-3, eps=1e-7)


def prepare(mode: str, measure: str, name: str) -> Callable[[], float]:
    workload = WORKLOADS[name]
    x, y = workload.data()
    data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y).long())
    module = Module(name)

    def trainer() -> Any:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        return lightning.Trainer(max_epochs=1, accelerator="cpu", logger=False, **quiet)

    def fit() -> float:
        trainer().fit(module, DataLoader(data, workload.batch, shuffle=True))
        return module.seconds / workload.steps

    def predict() -> float:
        start = time.perf_counter()
        torch.cat(trainer().predict(module, DataLoader(data, workload.batch)))
        return (time.perf_counter() - start) / workload.steps

    return fit if measure == "fit" else predict
