"""The workloads in plain PyTorch, with a loop written by hand; eager, or by `torch.compile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from contestants.timing import each, first, memory
from contestants.workloads import CLASSES, TOKENS, WORKLOADS, epochs
from torch import nn


class Lstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(32, 64, batch_first=True)
        self.head = nn.Linear(64, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(128)
        self.qkv = nn.Linear(128, 384)
        self.out = nn.Linear(128, 128)
        self.norm2 = nn.LayerNorm(128)
        self.mlp = nn.Sequential(nn.Linear(128, 512), nn.GELU(), nn.Linear(512, 128))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, 4, 32).permute(2, 0, 3, 1, 4).unbind(0)
        a = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.out(a.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(TOKENS, 128)
        self.places = nn.Parameter(torch.randn(64, 128) * 0.05)
        self.blocks = nn.Sequential(*(Block() for _ in range(4)))
        self.norm = nn.LayerNorm(128)
        self.head = nn.Linear(128, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.tokens(x) + self.places)
        return self.head(self.norm(x).mean(1))


def network(name: str) -> nn.Module:
    if name == "mlp":
        return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES))
    if name == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(1600, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, CLASSES),
        )
    return Lstm() if name == "lstm" else Transformer()


def prepare(mode: str, measure: str, name: str) -> Callable[[], float]:
    workload = WORKLOADS[name]
    batches = epochs(workload)

    def native(x: Any) -> torch.Tensor:
        tensor = torch.from_numpy(x)
        return tensor.permute(0, 3, 1, 2) if name == "cnn" else tensor

    class Training:
        def __init__(self) -> None:
            self.model = network(name)
            self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3, eps=1e-7)
            self.criterion = nn.CrossEntropyLoss()
            if mode == "compiled":
                self.model.compile()
                self.step = torch.compile(self.step)

        def step(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            self.optimizer.zero_grad()
            logits = self.model(x)
            loss = self.criterion(logits, y)
            loss.backward()
            self.optimizer.step()
            return loss.detach() * len(x), (logits.detach().argmax(1) == y).sum()

        def epoch(self, steps: int) -> None:
            self.model.train()
            total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
            for (x, y), _ in zip(next(batches), range(steps)):
                loss, hits = self.step(native(x), torch.from_numpy(y).long())
                total += loss
                right += hits
            _ = float(total), float(right)

    if measure == "first":
        return first(lambda: Training().epoch(1))
    training = Training()
    if measure == "memory":
        training.epoch(1)
        return memory(lambda: training.epoch(workload.steps))
    if measure == "fit":
        return each(lambda: training.epoch(workload.steps), workload.steps)
    model = training.model.eval()
    if measure == "predict":
        x, _ = workload.data()

        @torch.inference_mode()
        def predict() -> None:
            parts = [model(native(x[i : i + workload.batch])) for i in range(0, len(x), workload.batch)]
            torch.cat(parts).numpy()

        return each(predict, workload.steps)
    row = native(workload.data()[0][:1])
    return each(lambda: [model(row) for _ in range(50)], 50)
