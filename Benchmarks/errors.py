"""Wrong labels, planted and looked for where a photo's given label is least likely."""
import numpy

from measures import stratified_folds
from report import percent, require, say, table

SEEDS, PART, FOLDS, LOOKED_AT = 5, 0.05, 8, 0.1


def measure(regraft, material, options):
    features, classes, labels = material.get("pets")
    planted = [plant(classes, len(labels), numpy.random.default_rng(40_000 + seed)) for seed in range(SEEDS)]
    given = numpy.stack(planted)
    folds = numpy.stack([
        stratified_folds(row, FOLDS, numpy.random.default_rng(50_000 + seed)) for seed, row in enumerate(given)])
    probabilities = regraft.heads("auto", features, given, folds)
    rows, found = [], []
    for seed, row in enumerate(given):
        of_given = probabilities[seed, numpy.arange(len(row)), row]
        first = numpy.argsort(of_given, kind="stable")[:round(LOOKED_AT * len(row))]
        is_wrong = row != classes
        found.append(is_wrong[first].sum() / is_wrong.sum())
        rows.append([str(seed), str(is_wrong.sum()), f"{is_wrong[first].sum()} ({percent(found[-1], 0)})"])
    table(["seed", f"labels of pets that were made wrong, of {len(classes)}",
           f"found among the first {round(LOOKED_AT * len(classes))} of the list"], rows)
    say()
    mean = numpy.mean(found)
    require(mean >= 0.8, f"wrong labels among the first 10 % of the list are at least 80 % ({percent(mean, 0)})")


def plant(classes, class_count, random):
    """Another class, drawn from all others, for one photo in twenty."""
    given = classes.copy()
    chosen = random.choice(len(classes), round(PART * len(classes)), replace=False)
    given[chosen] = (given[chosen] + random.integers(1, class_count, len(chosen))) % class_count
    return given
