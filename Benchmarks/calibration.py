"""What the probabilities of `auto` are worth on pets."""
import numpy

from heads import deal
from measures import calibration_error, right
from report import percent, require, say, table


def measure(regraft, material, options):
    _, classes, _ = material.get("pets")
    probabilities = material.probabilities("pets", "auto", deal(classes, options.pets_repeats))
    confidence, is_right = probabilities.max(-1), right(probabilities, classes)
    each = [calibration_error(*pair) for pair in zip(confidence, is_right)]
    pooled = calibration_error(confidence.ravel(), is_right.ravel())
    single_floor, pooled_floor = floor(confidence)
    table(
        ["calibration error, pets", "measured", "if the probabilities were exactly right"],
        [["pooled over the repeats", percent(pooled), percent(pooled_floor)],
         ["one repeat, mean (lowest to highest)",
          f"{percent(numpy.mean(each))} ({percent(min(each))} to {percent(max(each))})", percent(single_floor)]])
    say()
    require(pooled < 0.05, f"calibration error on pets, pooled, is under 5 % ({percent(pooled)})")


def floor(confidence, rounds=200):
    """What so few photos would show of a head whose every probability is exactly right: of one repeat, and pooled.

    A photo is hard or easy in all repeats alike, so its luck is drawn once for all of them.
    """
    random = numpy.random.default_rng(0)
    singles, pools = [], []
    for _ in range(rounds):
        is_right = (random.random(confidence.shape[1]) < confidence).astype(float)
        singles.append(calibration_error(confidence[0], is_right[0]))
        pools.append(calibration_error(confidence.ravel(), is_right.ravel()))
    return numpy.mean(singles), numpy.mean(pools)
