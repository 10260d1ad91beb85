"""Answers about several classes -> a linear head on frozen vectors."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from raravis.train.examples import Examples, Net, moved
from raravis.train.linear import fit_logistic
from raravis.types import YES, Floats, Ints

STRENGTH_EACH = 1000.0  # C of a class: within 1 % of the best accuracy at 2 to 60 pictures of each of 43 and of 81
UNTAUGHT = -20.0  # log odds of a class that nothing was said of


def fit_linear(examples: Examples, *, strength: float = STRENGTH_EACH) -> Net:
    """One logistic head a class, or, where classes exclude one another, one multinomial regression of all of them.

    Each class weighs the same in all. A class without a yes and a no is never said.
    """
    d, c = examples.vectors.shape[1], examples.value.shape[1]
    net = Net(np.zeros((d, c), np.float32), np.full(c, UNTAUGHT, np.float32))
    classes = np.flatnonzero(examples.teachable())
    if not examples.exclusive:
        for column in classes:
            told = examples.value[:, column] != 0
            yes, weight = examples.value[told, column] == YES, examples.weight[told]
            head = fit_logistic(examples.vectors[told], yes, weight)
            net.weight[:, column], net.bias[column] = head.weight, head.bias
    elif len(classes):
        net.weight[:, classes], net.bias[classes] = _multinomial(examples, classes, strength)
    return net


def _multinomial(examples: Examples, classes: Ints, strength: float) -> tuple[Floats, Floats]:
    """(D, k) and (k,) of these classes alone."""
    from sklearn.linear_model import LogisticRegression  # 0.9 s that every command and worker would pay

    rows, column = np.nonzero(examples.value[:, classes] == YES)
    centre, scale = moved(examples.vectors)
    share = examples.shares()[rows, classes[column]] * len(classes)
    with threadpool_limits(1):
        fitted = LogisticRegression(C=strength, max_iter=1000).fit(
            (examples.vectors[rows] - centre) * scale, column, sample_weight=share
        )
    weight, bias = (fitted.coef_, fitted.intercept_)
    if len(classes) == 2:  # scikit-learn keeps the difference of the two alone
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    weight = np.asarray(weight.T * scale, np.float32)
    return weight, np.asarray(bias - centre @ weight, np.float32)
