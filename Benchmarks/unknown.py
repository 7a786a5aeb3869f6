"""Photos of classes that were left out, told from photos of classes that were trained."""
import numpy
from sklearn.covariance import ledoit_wolf_shrinkage

from measures import auroc, square_root, stratified_folds
from report import require, say, table

LEFT_OUT, FOLDS = 7, 8
FAR = ["tools", "vegetables"]
OURS, LARGEST = "Regraft's detector", "1 − largest probability of `auto`"


def measure(regraft, material, options):
    features, classes, labels = material.get("pets")
    far_features, far_classes, far_labels = material.get("samples")
    far = far_features[numpy.isin(far_classes, [far_labels.index(label) for label in FAR])]
    draws = [draw(classes, len(labels), numpy.random.default_rng(30_000 + number)) for number in range(options.draws)]
    everything = numpy.concatenate([features, far])
    results = {}

    def note(name, scores, _, known, unknown):
        results.setdefault(name, []).append(
            (auroc(scores[known], scores[unknown]), auroc(scores[known], scores[len(classes):])))

    largest = regraft.heads("auto", everything, *as_folds(draws, len(far))).max(-1)
    has_detector = regraft.has("unknown")
    for number, (numbers, *parts) in enumerate(draws):
        is_trained = parts[0]
        trained, its_classes = features[is_trained], numbers[is_trained]
        note(LARGEST, 1 - largest[number], *parts)
        if has_detector:
            note(OURS, regraft.unknown(trained, its_classes, everything), *parts)
        for name, scores in detectors(trained, its_classes, everything):
            note(name, scores, *parts)
    rows = [[name, spread([near for near, _ in pairs]), spread([distant for _, distant in pairs])]
            for name, pairs in results.items()]
    if not has_detector:
        rows.insert(0, [OURS, "missing: this regraft has no `bench unknown`", ""])
    table([f"detector, pets, {len(draws)} draws of {LEFT_OUT} breeds",
           "AUROC, breeds left out ± standard error over draws", "AUROC, tools and vegetables"], rows)
    say()
    near, distant = numpy.mean(results[OURS], axis=0) if has_detector else (numpy.nan, numpy.nan)
    require(near >= 0.90, f"AUROC of breeds left out is at least 0.90 ({near:.3f})")
    require(distant >= 0.99, f"AUROC of tools and vegetables is at least 0.99 ({distant:.3f})")


def spread(values):
    error = numpy.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else numpy.nan
    return f"{numpy.mean(values):.3f} ± {error:.3f}"


def draw(classes, class_count, random):
    """Numbers of the trained classes by photo (-1: left out), and which photos are trained on, known and unknown."""
    left_out = random.choice(class_count, LEFT_OUT, replace=False)
    numbers = numpy.full(class_count, -1)
    numbers[numpy.setdiff1d(numpy.arange(class_count), left_out)] = numpy.arange(class_count - LEFT_OUT)
    numbers = numbers[classes]
    is_known = stratified_folds(classes, FOLDS, random) == 0
    return numbers, (numbers >= 0) & ~is_known, numpy.flatnonzero((numbers >= 0) & is_known), \
        numpy.flatnonzero(numbers < 0)


def as_folds(draws, far_count):
    """Classes and folds for `bench heads`: those trained on are one fold, and all others are only tested."""
    def padded(values):
        return numpy.concatenate([values, numpy.full(far_count, -1)])
    return (numpy.stack([padded(numbers) for numbers, *_ in draws]),
            numpy.stack([padded(numpy.where(is_trained, 0, -1)) for _, is_trained, *_ in draws]))


def detectors(trained, classes, queries):
    """Each name with a score of each query: the higher, the more unknown."""
    trained, queries = (square_root(each.astype(numpy.float64)) for each in (trained, queries))
    cosines = numpy.sort(queries @ trained.T, axis=1)
    for rank in (1, 3, 5):
        yield f"distance (cosine) to the nearest photo, k = {rank}", -cosines[:, -rank]
    means = numpy.stack([trained[classes == each].mean(0) for each in range(classes.max() + 1)])
    within = mahalanobis(trained - means[classes], means, queries).min(1)
    yield "Mahalanobis distance to the nearest class, Ledoit-Wolf", within
    centre = trained.mean(0)
    yield "the same, relative to all photos as one class", \
        within - mahalanobis(trained - centre, centre[None], queries)[:, 0]


def mahalanobis(residuals, centres, queries):
    """Squared distances `[queries, centres]` under the covariance of the residuals, shrunk as Ledoit and Wolf (2004) do.

    There are fewer photos than features: across what the photos do not span, the shrunk covariance is the same everywhere.
    """
    count, size = residuals.shape
    shrinkage = ledoit_wolf_shrinkage(residuals, assume_centered=True)
    _, lengths, axes = numpy.linalg.svd(residuals, full_matrices=False)
    variances = lengths ** 2 / count
    elsewhere = shrinkage * variances.sum() / size
    weights = 1 / ((1 - shrinkage) * variances + elsewhere) - 1 / elsewhere
    distances = numpy.empty((len(queries), len(centres)))
    for number, centre in enumerate(centres):
        away = queries - centre
        distances[:, number] = (away ** 2).sum(1) / elsewhere + ((away @ axes.T) ** 2) @ weights
    return distances
