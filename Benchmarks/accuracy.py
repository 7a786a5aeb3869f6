#!/usr/bin/env python3
"""Measures Regraft's heads beside scikit-learn's, and fails (exit code 1) where they are not as good as they have to be.

    Benchmarks/accuracy.py [heads|calibration|unknown|errors|speed ...] [--pets FOLDER] [--samples .deps/samples]
        [--regraft .build/release/regraft] [--pets-repeats 10] [--digits-repeats 2] [--draws 40] [--processes 2]

    heads        accuracy of `auto` and `retrain` beside logistic regression and discriminant analysis, on the same folds
    calibration  what the probabilities of `auto` are worth on pets
    unknown      photos of breeds that were left out, and of tools and vegetables, told from photos of trained breeds
    errors       wrong labels found
    speed        one fit of `auto` beside one of logistic regression; needs a machine that does nothing else

Without a name, all of them. FOLDER has a subfolder a breed; without --pets it is `pets` below $REGRAFT_TEST_DATA. What each
measures, and what must hold, is said in docs/accuracy.md.
"""
import argparse
import os
import sys
import tempfile

import calibration
import errors
import heads
import report
import sets
import speed
import unknown
from regraft import Regraft

PARTS = {"heads": heads.measure, "calibration": calibration.measure, "unknown": unknown.measure,
         "errors": errors.measure, "speed": speed.measure}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    test_data = os.environ.get("REGRAFT_TEST_DATA")
    parser.add_argument("--pets", default=test_data and os.path.join(test_data, "pets"))
    parser.add_argument("--samples", default=".deps/samples")
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--pets-repeats", type=int, default=10)
    parser.add_argument("--digits-repeats", type=int, default=2)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    wrong = [part for part in options.parts if part not in PARTS]
    if wrong:
        parser.error(f"{wrong[0]} is none of {', '.join(PARTS)}")
    if not options.pets or not os.path.isdir(options.pets):
        parser.error("--pets must be a folder with a subfolder of photos of each breed of the Oxford-IIIT Pet dataset")
    if not os.path.isdir(options.samples):
        parser.error(f"{options.samples} is no folder; scripts/fetch_samples.sh makes it")
    with tempfile.TemporaryDirectory(prefix="regraft-accuracy-") as folder:
        regraft = Regraft(options.regraft, folder)
        material = sets.Sets(regraft, options, folder)
        for part in options.parts or PARTS:
            PARTS[part](regraft, material, options)
    missing = [part for part in PARTS if options.parts and part not in options.parts]
    if missing:
        report.say(f"\nNot run: {', '.join(missing)}.")
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
