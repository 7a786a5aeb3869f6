#!/usr/bin/env python3
"""Golden values for Tests/TrainingTests, from scikit-learn, SciPy, statsmodels and NumPy.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install numpy scipy scikit-learn statsmodels
    /tmp/golden/bin/python scripts/golden_training.py > Tests/TrainingTests/Golden/training.json
"""
import json
import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (accuracy_score, average_precision_score, log_loss, precision_recall_curve,
                             precision_recall_fscore_support, top_k_accuracy_score)
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_test


def features(rows, columns, classes):
    """The same formula stands in the tests. Single precision, because that is what the head is fitted in."""
    x = np.array([[math.sin(0.7 * i + 1.3 * j) + 0.9 * math.cos(2.1 * j * (1 + i % classes)) for j in range(columns)]
                  for i in range(rows)])
    return x.astype(np.float32).astype(np.float64), np.array([i % classes for i in range(rows)])


def square_root_l2(x):
    x = np.sign(x) * np.sqrt(np.abs(x))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def regression(rows, columns, classes, penalty, transform):
    x, y = features(rows, columns, classes)
    x = square_root_l2(x) if transform == "square_root_l2" else x
    model = LogisticRegression(C=1 / (penalty * rows), tol=1e-10, max_iter=100_000).fit(x, y)
    weights, biases = model.coef_, model.intercept_
    probabilities = model.predict_proba(x)
    if classes == 2:
        # For two classes scikit-learn fits one logistic function, which is the same model only under half the penalty.
        raise SystemExit("use three classes or more")
    return {
        "rows": rows, "columns": columns, "classes": classes, "penalty": penalty, "transform": transform,
        "weights": (weights - weights.mean(0)).ravel().tolist(), "biases": (biases - biases.mean()).tolist(),
        "probabilities": probabilities.ravel().tolist(),
    }


class SplitMix64:
    """Steele, Lea, Flood 2014, written from the paper, to follow the random choices of the recipe."""
    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 11) / (1 << 53)

    def index(self, bound):
        while True:
            product = self.next() * bound
            if (product & self.MASK) >= (2**64 - bound) % bound:
                return product >> 64

    def truncated_normal(self):
        while True:
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            value = radius * math.cos(2 * math.pi * self.uniform())
            if abs(value) <= 2:
                return value


def retrain(rows, columns, classes, steps, batch, rate, seed):
    """retrain.py's loop, by the textbook formula, in double precision."""
    x, y = features(rows, columns, classes)
    random = SplitMix64(seed)
    w = np.array([0.001 * random.truncated_normal() for _ in range(classes * columns)]).reshape(classes, columns)
    b = np.zeros(classes)
    members = [np.flatnonzero(y == c) for c in range(classes)]
    for _ in range(steps):
        chosen = []
        for _ in range(batch):
            photos = members[random.index(classes)]
            chosen.append(photos[random.index(len(photos))])
        xb, yb = x[chosen], y[chosen]
        error = softmax(xb @ w.T + b, axis=1)
        error[np.arange(batch), yb] -= 1
        w -= rate / batch * error.T @ xb
        b -= rate / batch * error.sum(0)
    return {"rows": rows, "columns": columns, "classes": classes, "steps": steps, "batch": batch, "rate": rate,
            "seed": seed, "weights": w.ravel().tolist(), "biases": b.tolist()}


def metrics():
    scores = np.array([[math.sin(1.7 * i + 2.3 * j) * 3 for j in range(4)] for i in range(25)])
    truth = np.array([(i * 7) % 4 if i % 3 else int(scores[i].argmax()) for i in range(25)])
    probabilities = softmax(scores, axis=1)
    predicted = probabilities.argmax(1)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=[0, 1, 2, 3], zero_division=np.nan)

    def loss(logarithm):
        return -log_softmax(scores / math.exp(logarithm), axis=1)[np.arange(25), truth].mean()

    best = minimize_scalar(loss, bounds=(-math.log(50), math.log(50)), method="bounded", options={"xatol": 1e-9})
    return {"truth": truth.tolist(), "accuracy": accuracy_score(truth, predicted),
            "cross_entropy": log_loss(truth, probabilities, labels=[0, 1, 2, 3]),
            "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
            "temperature": math.exp(best.x), "tempered_cross_entropy": float(best.fun)}


def wilson():
    cases = [(0, 1), (1, 1), (0, 10), (8, 10), (43, 43), (35, 43), (500, 1000), (999, 1000)]
    rows = []
    for successes, count in cases:
        interval = binomtest(successes, count).proportion_ci(0.95, method="wilson")
        rows.append({"successes": successes, "count": count, "lower": interval.low, "upper": interval.high})
    return rows


def ranking():
    """Seven classes, so that the five best say something; every other photo has an equal one, since ties are hard."""
    scores = np.array([[math.sin(1.7 * (i // 2) + 2.3 * j) * 3 for j in range(7)] for i in range(60)])
    truth = np.array([(i * 5) % 7 if i % 3 else int(scores[i].argmax()) for i in range(60)])
    # Single precision, as the tests have it, so that ties are ties in both.
    probabilities = softmax(scores, axis=1).astype(np.float32).astype(np.float64)
    confidence, predicted = probabilities.max(1), probabilities.argmax(1)
    correct = predicted == truth
    precision, recall, thresholds = precision_recall_curve(correct, confidence)
    edges = np.linspace(0, 1, 16)
    places = np.digitize(confidence, edges[1:-1], right=True)
    counts = np.bincount(places, minlength=15)
    accuracies, confidences = calibration_curve(correct, confidence, n_bins=15, strategy="uniform")
    filled = counts[counts > 0]
    return {
        "truth": truth.tolist(), "top_five": top_k_accuracy_score(truth, probabilities, k=5, labels=list(range(7))),
        "average_precisions": [average_precision_score(truth == c, probabilities[:, c]) for c in range(7)],
        # From the highest threshold down; scikit-learn's recall is of what is right at all, ours of all photos.
        "thresholds": thresholds[::-1].tolist(), "precisions": precision[:-1][::-1].tolist(),
        "recalls": (recall[:-1][::-1] * correct.mean()).tolist(),
        "coverages": [float((confidence >= t).mean()) for t in thresholds[::-1]],
        "bin_counts": counts.tolist(), "bin_accuracies": accuracies.tolist(), "bin_confidences": confidences.tolist(),
        "calibration_error": float((filled * np.abs(accuracies - confidences)).sum() / filled.sum()),
    }


def mcnemar():
    rows = []
    for first, second in [(0, 0), (1, 0), (0, 5), (0, 6), (6, 0), (3, 9), (10, 10), (40, 71), (700, 800), (2, 1900)]:
        ours = mcnemar_test([[0, first], [second, 0]], exact=True).pvalue if first + second else 1.0
        if first + second:
            assert math.isclose(ours, binomtest(first, first + second).pvalue, rel_tol=1e-9)
        rows.append({"first": first, "second": second, "p_value": float(ours)})
    return rows


print(json.dumps({
    "regressions": [
        regression(60, 8, 3, 0.01, "raw"),
        regression(60, 8, 4, 0.001, "square_root_l2"),
        regression(20, 50, 3, 0.1, "raw"),
        regression(24, 50, 4, 0.0003, "square_root_l2"),
    ],
    "retrain": retrain(30, 6, 3, 60, 7, 0.05, 42),
    "metrics": metrics(),
    "wilson": wilson(),
    "ranking": ranking(),
    "mcnemar": mcnemar(),
}, indent=1))
