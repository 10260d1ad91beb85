"""Answers -> a network of one hidden layer on frozen vectors, where a line through them does not do."""

from __future__ import annotations

import copy
import itertools

import numpy as np
from threadpoolctl import threadpool_limits

from raravis.arrays import sigmoid, softmax
from raravis.train.examples import Examples, Net, loss, moved
from raravis.types import YES, Floats

HIDDEN = 512
EPOCHS = 200  # at most
UNWATCHED = 40  # epochs where nothing can be held out
PATIENCE = 15  # epochs without a better loss on what is held out
BATCH = 64  # at least
STEPS = 400  # an epoch at most: larger batches cost less a row
RATE = 1e-3  # Adam's own
DROPPED = 0.5  # share of hidden values set to zero at a time, Srivastava et al. 2014
DECAY = 1.0  # AdamW's, Loshchilov & Hutter 2019, arXiv:1711.05101

Layers = list[tuple[Floats, Floats]]


def fit_mlp(
    examples: Examples, rng: np.random.Generator, *, watched: Examples | None = None, epochs: int = EPOCHS
) -> Net:
    """The network as it was after the epoch that did best on `watched`, or after `epochs` where nothing is.

    scikit-learn's own stops early on a split that knows no groups and takes no unknown entries, hence this one:
    cross-entropy by shares, Adam with decoupled weight decay, dropout.
    """
    centre, scale = moved(examples.vectors)
    scale *= float(np.sqrt(examples.vectors.shape[1]))
    taught = Examples((examples.vectors - centre) * scale, examples.value, examples.weight, examples.exclusive)
    seen = None if watched is None else (watched.vectors - centre) * scale
    layers = _begun((examples.vectors.shape[1], HIDDEN, examples.value.shape[1]), rng)
    with threadpool_limits(1):
        best = _passes(layers, taught, rng, watched, seen, epochs)
    (weight, bias), (last, last_bias) = best[1]
    first = np.asarray(weight * scale, np.float32)
    return Net(last, last_bias, ((first, np.asarray(bias - centre @ first, np.float32)),), best[0])


def _passes(
    layers: Layers,
    taught: Examples,
    rng: np.random.Generator,
    watched: Examples | None,
    seen: Floats | None,
    epochs: int,
) -> tuple[int, Layers]:
    """The best epoch, counted from 1, and the layers after it."""
    shares, adam = taught.shares() * np.float32(len(taught)), Adam(layers)
    watched_shares = None if watched is None else watched.shares()
    size = max(BATCH, len(taught) // STEPS)
    best: tuple[float, int, Layers] = (np.inf, 0, layers)
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(taught))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            adam.step(_gradients(layers, taught.take(rows), shares[rows] / np.float32(len(rows)), rng))
        if watched is None or seen is None or watched_shares is None:
            best = (0.0, epoch, layers)
            continue
        now = loss(_logits(layers, seen), watched, watched_shares)
        if now < best[0]:
            best = (now, epoch, copy.deepcopy(layers))
        elif epoch - best[1] >= PATIENCE:
            break
    return best[1], best[2]


def _begun(widths: tuple[int, ...], rng: np.random.Generator) -> Layers:
    """He et al. 2015: deviation sqrt(2 / inputs)."""
    return [
        (rng.normal(0, np.sqrt(2 / d), (d, h)).astype(np.float32), np.zeros(h, np.float32))
        for d, h in itertools.pairwise(widths)
    ]


def _logits(layers: Layers, x: Floats) -> Floats:
    for weight, bias in layers[:-1]:
        x = np.maximum(x @ weight + bias, 0)
    return np.asarray(x @ layers[-1][0] + layers[-1][1], np.float32)


def _gradients(layers: Layers, batch: Examples, shares: Floats, rng: np.random.Generator) -> Layers:
    """Of the loss, by layer: weight's and bias's."""
    (weight, bias), (last, last_bias) = layers
    kept = (rng.random((len(batch), weight.shape[1]), np.float32) >= DROPPED) / np.float32(1 - DROPPED)
    hidden = np.maximum(batch.vectors @ weight + bias, 0) * kept
    logits = hidden @ last + last_bias
    if batch.exclusive:
        error = shares.sum(axis=1, keepdims=True) * softmax(logits) - shares
    else:
        error = shares * (sigmoid(logits) - (batch.value == YES))
    back = (error @ last.T) * (hidden > 0) * kept
    return [(batch.vectors.T @ back, back.sum(axis=0)), (hidden.T @ error, error.sum(axis=0))]


class Adam:
    """Steps that change the layers in place; Kingma & Ba 2015, arXiv:1412.6980."""

    def __init__(self, layers: Layers) -> None:
        self._values = [value for layer in layers for value in layer]
        self._mean = [np.zeros_like(value) for value in self._values]
        self._square = [np.zeros_like(value) for value in self._values]
        self._steps = 0

    def step(self, gradients: Layers) -> None:
        """One step against the gradients."""
        self._steps += 1
        rate = RATE * np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        flat = [part for layer in gradients for part in layer]
        for value, mean, square, gradient in zip(self._values, self._mean, self._square, flat, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            if value.ndim == 2:
                value *= 1 - RATE * DECAY
            value -= np.float32(rate) * mean / (np.sqrt(square) + 1e-8)
