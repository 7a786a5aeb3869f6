"""scikit-learn's classifiers, on the folds that Regraft's heads are measured on."""
import warnings
from multiprocessing import get_context

import numpy
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from measures import square_root, stratified_folds

STRENGTHS = [10.0 ** power for power in range(-3, 4)]
TRANSFORMS = {"raw": lambda features: features, "square root": square_root}
COLUMNS = ["logistic regression by log loss", "logistic regression by accuracy", "discriminant analysis"]


def predict(features, classes, folds, processes):
    """Whether each photo is classified right by each of COLUMNS: `[columns, repeats, photos]`."""
    views = {name: transform(features.astype(numpy.float64)) for name, transform in TRANSFORMS.items()}
    tasks = [(views, classes, folds[number], number, fold)
             for number in range(len(folds)) for fold in range(folds.max() + 1)]
    is_right = numpy.full((len(COLUMNS), *folds.shape), numpy.nan)
    with get_context("spawn").Pool(processes) as pool:
        for number, tested, answers in pool.imap_unordered(_outer, tasks):
            is_right[:, number, tested] = answers == classes[tested]
    return is_right


def _outer(task):
    views, classes, folds, number, fold = task
    fitted, tested = numpy.flatnonzero(folds != fold), numpy.flatnonzero(folds == fold)
    inner_folds = 3 if len(fitted) > 500 else 5  # as many as `auto` chooses by
    inner = stratified_folds(classes[fitted], inner_folds, numpy.random.default_rng([number, fold]))
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits that have not converged after as many steps as they may take
        scores, answers = {}, {}
        for name, view in views.items():
            losses, rights = numpy.zeros((2, len(STRENGTHS)))
            for each in range(inner_folds):
                held = fitted[inner == each]
                for index, probabilities in enumerate(_path(view[fitted[inner != each]], classes[fitted[inner != each]],
                                                            view[held])):
                    truth = probabilities[numpy.arange(len(held)), classes[held]]
                    losses[index] -= numpy.log(numpy.maximum(truth, 1e-12)).sum()
                    rights[index] += (probabilities.argmax(1) == classes[held]).sum()
            for index, probabilities in enumerate(_path(view[fitted], classes[fitted], view[tested])):
                scores[name, index] = (losses[index], rights[index])
                answers[name, index] = probabilities.argmax(1)
        by_loss = min(scores, key=lambda key: scores[key][0])
        by_accuracy = max(scores, key=lambda key: (scores[key][1], -scores[key][0]))
        discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        discriminant.fit(views["raw"][fitted], classes[fitted])
        return number, tested, numpy.stack(
            [answers[by_loss], answers[by_accuracy], discriminant.predict(views["raw"][tested])])


def _path(fitted, classes, tested):
    """Probabilities `[tested, classes]` for each of STRENGTHS, weak first, each fit from where the last one ended.

    Where there are fewer photos than features the photos are turned into as many coordinates as they span. The penalty
    is the same for turned features, and so is the solution; it is only found sooner.
    """
    mean = fitted.mean(0)
    _, lengths, axes = numpy.linalg.svd(fitted - mean, full_matrices=False)
    axes = axes[lengths > lengths[0] * 1e-9]
    fitted, tested = ((each - mean) @ axes.T for each in (fitted, tested))
    classifier = LogisticRegression(max_iter=300, warm_start=True)
    for strength in STRENGTHS:
        classifier.C = strength
        yield classifier.fit(fitted, classes).predict_proba(tested)
