"""Accuracy of both recipes beside scikit-learn's, on the same folds."""
import numpy

import reference
from measures import paired, right, stratified_folds
from report import percent, points, require, say, table

FOLDS = 8
RECIPES = ["auto", "retrain"]


def measure(regraft, material, options):
    gains, rows, checks = [], [], []
    for name, repeats in (("pets", options.pets_repeats), ("digits", options.digits_repeats)):
        features, classes, labels = material.get(name)
        folds = deal(classes, repeats)
        is_right = {recipe: right(material.probabilities(name, recipe, folds), classes) for recipe in RECIPES}
        is_right |= dict(zip(reference.COLUMNS, reference.predict(features, classes, folds, options.processes)))
        # The better of the two ways to choose, known only afterwards: that is in scikit-learn's favour.
        best = max(reference.COLUMNS[:2], key=lambda column: is_right[column].mean())
        for column, values in is_right.items():
            rows.append([
                f"{name}: {len(classes)} photos, {len(labels)} classes, {repeats} × {FOLDS} folds", column,
                percent(values.mean()), "" if column == "auto" else points(*paired(is_right["auto"], values))])
        gains.append(paired(is_right["auto"], is_right["retrain"])[0])
        for other in ("retrain", best):
            mean, error = paired(is_right["auto"], is_right[other])
            checks.append((mean >= -error, f"{name}: auto is no worse than {other} ({points(mean, error)} points)"))
    table(["photos", "head", "accuracy", "`auto` minus this, points"], rows)
    say()
    for holds, text in checks:
        require(holds, text)
    gain = numpy.mean(gains)
    require(gain >= 0.01, f"auto is at least 1 point better than retrain on average of both ({100 * gain:+.2f})")


def deal(classes, repeats):
    return numpy.stack([
        stratified_folds(classes, FOLDS, numpy.random.default_rng(20_000 + number)) for number in range(repeats)])
