"""A narrower network that does what the teacher does, as nearly as linear algebra gets: where training starts.

Of each unit's wide channels those stay without which the narrow output cannot be fitted: the optimal brain surgeon's
rule (Hassibi & Stork 1993) on whole channels, the layer refitted by least squares, unit by unit, on the output of the
units cut before.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from student import Network, Shifted, Unit, convolution
from torch import Tensor, nn

RIDGE = 1e-4  # of the mean power of a channel
SAMPLES = 20_000  # places at which a unit is fitted


def cut(
    whole: Network, pictures: Tensor, batches: Iterable[Tensor], targets: Tensor, *, share: float, stem: int, last: int
) -> Network:
    """The cut network. Its units are fitted on a few pictures (n, 3, s, s), its linear layer on many.

    These come in batches, and are to give the targets (m, d).
    """
    generator = torch.Generator().manual_seed(0)
    units, ours, theirs = [], pictures, pictures
    with torch.no_grad():
        for number, unit in enumerate(whole.units):
            wide = unit.narrow.in_channels
            keep = stem if number == 0 else max(16, round(wide * share / 16) * 16)
            theirs = unit(theirs)
            units.append(_cut_unit(unit, ours, theirs, min(keep, wide), generator))
            ours = units[-1](ours)
        uncut = Network(units, whole.last, nn.Identity())
        features = torch.cat([uncut.pooled(batch) for batch in batches])
        kept, weight, bias = _chosen(features, targets, last)
    head = nn.Linear(last, targets.shape[1])
    head.weight.data, head.bias.data = weight, bias
    return Network(units, _rows(whole.last, kept), head).eval()


def _cut_unit(unit: Unit, ours: Tensor, theirs: Tensor, keep: int, generator: torch.Generator) -> Unit:
    wanted = theirs - ours if unit.residual else theirs
    inside, outside = (x.permute(0, 2, 3, 1).flatten(0, 2) for x in (unit.wide(ours), wanted))
    some = torch.randperm(len(inside), generator=generator)[:SAMPLES]
    kept, weight, bias = _chosen(inside[some], outside[some], keep)
    narrow = convolution(keep, unit.narrow.out_channels)
    narrow.weight.data, narrow.bias.data = weight[:, :, None, None], bias
    return Unit(_rows(unit.widen, kept), _rows(unit.filter, kept), narrow, residual=unit.residual)


def _chosen(inside: Tensor, outside: Tensor, keep: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which columns (keep,) of inside (n, c) stay, and the weight (d, keep) and bias (d,) that give outside (n, d)."""
    x, y = inside.double(), outside.double()
    x_mean, y_mean = x.mean(dim=0), y.mean(dim=0)
    gram, cross = (x - x_mean).T @ (x - x_mean) / len(x), (x - x_mean).T @ (y - y_mean) / len(x)
    gram += torch.eye(len(gram), dtype=gram.dtype) * RIDGE * gram.diagonal().mean()
    inverse, left = torch.linalg.inv(gram), torch.arange(len(gram))
    while len(left) > keep:
        loss = (inverse @ cross[left]).square().sum(dim=1) / inverse.diagonal()
        out = int(loss.argmin())
        column = inverse[:, out].clone()
        others = torch.arange(len(left)) != out
        inverse = (inverse - column[:, None] * column[None] / column[out])[others][:, others]
        left = left[others]
    weight = (inverse @ cross[left]).T
    return left, weight.float(), (y_mean - weight @ x_mean[left]).float()


def _rows(layer: nn.Conv2d, kept: Tensor) -> nn.Conv2d:
    """A convolution's outputs of these numbers."""
    alone = layer.groups > 1
    made = convolution(
        len(kept) if alone else layer.in_channels,
        len(kept),
        kernel=layer.kernel_size[0],
        stride=2 if isinstance(layer, Shifted) else 1,
        alone=alone,
    )
    made.weight.data, made.bias.data = layer.weight.data[kept].clone(), layer.bias.data[kept].clone()
    return made
