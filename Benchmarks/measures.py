"""Numbers that say how good predictions are."""
import numpy
from scipy.stats import rankdata


def stratified_folds(classes, count, random):
    """Each photo's fold: as equal in size as can be, and each class in as many as can be."""
    folds, position = numpy.empty(len(classes), int), 0
    for each in numpy.unique(classes):
        for photo in random.permutation(numpy.flatnonzero(classes == each)):
            folds[photo] = position % count
            position += 1
    return folds


def right(probabilities, classes):
    """Whether the likeliest class is the true one: `[repeats, photos]`."""
    return (probabilities.argmax(-1) == classes).astype(float)


def paired(a, b):
    """Mean difference of two `[repeats, photos]` and its standard error over photos.

    The repeats test the same photos again, so they are not independent: each photo's mean over them counts once.
    """
    difference = (a - b).mean(0)
    return difference.mean(), difference.std(ddof=1) / len(difference) ** 0.5


def calibration_error(confidence, is_right, bins=15):
    """Expected calibration error with bins of equal width (Naeini, Cooper and Hauskrecht, 2015)."""
    number = numpy.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[number == each].sum() - is_right[number == each].sum()) for each in range(bins)]
    return sum(gaps) / len(confidence)


def auroc(known, unknown):
    """How likely an unknown photo has a higher score than a known one; ties count half."""
    ranks = rankdata(numpy.concatenate([known, unknown]))
    return (ranks[len(known):].sum() - len(unknown) * (len(unknown) + 1) / 2) / (len(known) * len(unknown))


def square_root(features):
    """Signed square root, then unit length."""
    root = numpy.sign(features) * numpy.sqrt(numpy.abs(features))
    return root / numpy.maximum(numpy.linalg.norm(root, axis=-1, keepdims=True), 1e-12)
