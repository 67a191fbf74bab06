"""The main job's network in plain PyTorch, with a loop written by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from contestants.digits_data import BATCH, load, order_of, starts
from torch import nn


def network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(64 * 4 * 4, 10),
    )


def prepare() -> Callable[[], float]:
    images, labels = load()
    x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    y = torch.from_numpy(labels).long()
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)
    criterion = nn.CrossEntropyLoss()
    count = iter(range(10**9))

    def epoch() -> float:
        start_time = time.perf_counter()
        order = torch.from_numpy(order_of(next(count), len(x)))
        total = torch.zeros(())
        right = torch.zeros((), dtype=torch.long)
        model.train()
        for start in starts(len(x)):
            rows = order[start : start + BATCH]
            xb, yb = x[rows], y[rows]
            optimizer.zero_grad()
            logits = model(xb / 16)
            loss = criterion(logits, yb)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            right += (logits.detach().argmax(1) == yb).sum()
        _ = float(total) / len(x), float(right) / len(x)
        return (time.perf_counter() - start_time) / len(starts(len(x)))

    return epoch
