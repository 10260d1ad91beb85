"""A backbone with a linear head on top, which begins as the best linear head of the untouched backbone's vectors.

Training from there changes the backbone less than training from a random head (Kumar et al. 2022, arXiv:2202.10054),
and what comes out cannot be worse on the held-out pictures than the linear head. Imports PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional

from raravis.train.examples import Examples, moved
from raravis.train.many import fit_linear

DEPTHS = 8  # groups of layers that have a rate of their own


class Classifier(torch.nn.Module):  # type: ignore[misc]  # without PyTorch its types are unknown
    """Prepared pictures to log odds (n, C), or to what a softmax takes."""

    def __init__(self, backbone: Any, dim: int, classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("centre", torch.zeros(dim))
        self.register_buffer("scale", torch.ones(()))
        self.head = torch.nn.Linear(dim, classes)

    def forward(self, pictures: Any) -> Any:
        """The head's answer to what the backbone says, moved and scaled to a mean square of 1."""
        return self.head((self.backbone(pictures) - self.centre) * self.scale)

    def train(self, mode: bool = True) -> Classifier:
        """Batch normalisation keeps what it was trained with: batches are small, and may be of one picture."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self


def loss(logits: Any, yes: Any, no: Any, *, exclusive: bool) -> Any:
    """Mean over the pictures of the weighted cross entropy, or binary cross entropy of each class."""
    if exclusive:
        return -(yes * functional.log_softmax(logits, dim=1)).sum(dim=1).mean()
    return (yes * functional.softplus(-logits) + no * functional.softplus(logits)).sum(dim=1).mean()


def begin_head(network: Classifier, examples: Examples) -> None:
    """The head becomes the level `linear` of these vectors of the backbone."""
    centre, factor = moved(examples.vectors)
    scale = factor * math.sqrt(len(centre))
    fitted = fit_linear(examples)
    with torch.no_grad():
        network.centre.copy_(torch.from_numpy(centre))
        network.scale.fill_(scale)
        network.head.weight.copy_(torch.from_numpy(fitted.weight.T / scale))
        network.head.bias.copy_(torch.from_numpy(fitted.bias + centre @ fitted.weight))


def free(network: Classifier, trial: Any) -> None:
    """Lets everything be trained that has a part in the answer to a trial; the rest of a library's model stays."""
    network.requires_grad_(True)
    network(trial).sum().backward()
    for parameter in network.parameters():
        parameter.requires_grad_(parameter.grad is not None)
        parameter.grad = None


def by_depth(network: Classifier, *, rate: float, lowest: float, decay: float) -> Iterator[dict[str, Any]]:
    """Groups for an optimiser: the deeper, the lower the rate; what is no matrix does not decay."""
    taught = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for depth in range(DEPTHS):
        layers = taught[depth * len(taught) // DEPTHS : (depth + 1) * len(taught) // DEPTHS]
        top = rate * lowest ** (1 - depth / (DEPTHS - 1))
        for matrix in (True, False):
            some = [parameter for parameter in layers if (parameter.ndim > 1) == matrix]
            if some:
                yield {"params": some, "lr": top, "top": top, "weight_decay": decay if matrix else 0.0}
