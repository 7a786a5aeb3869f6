#!/usr/bin/env python3
"""Measures what an operator wants to know of a running server, and fails where it is not as it should be.

    scripts/operations_check.py [memory|accuracy|promotion|retrain ...] [--regraft .build/release/regraft]
        [--photos .deps/samples] [--models 1000] [--promotions 100] [--connections 32]

    memory      resident memory: idle, with one model, with 1,000 models of 10 classes
    accuracy    the photos in --accuracy-photos through the server and through `regraft retrain`: the same numbers
    promotion   promotions and rollbacks under load: no failed request, and each answer is of the version that it names
    retrain     the median of /classify in the phases of a training by either recipe, against the median without one
    cancel      a job cancelled in each of its phases, with some thousand photos: seconds until it is over
    order       under strace: what is on the disk, in which order, before a client is told so
    again       a second training of the same photos, whose bottlenecks are known

Without a name, all of them. --photos and --accuracy-photos are folders with a subfolder of photos a class. Where thousands are
needed they are made of these: with Pillow (pip install pillow), or without where they are 8-bit PNGs, as the samples are.
"""
import argparse
import sys
import tempfile

sys.dont_write_bytecode = True

from operations import accuracy, again, cancel, memory, order, promotion, retrain
from operations.support import FAILURES


def main():
    measures = {
        "memory": memory, "accuracy": accuracy, "promotion": promotion, "retrain": retrain, "cancel": cancel, "order": order,
        "again": again,
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("measures", nargs="*", metavar="|".join(measures))
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--photos", default=".deps/samples")
    parser.add_argument("--accuracy-photos")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--promotions", type=int, default=100)
    parser.add_argument("--many-photos", type=int, default=5000, help="of retrain, cancel and again")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3, help="of retrain")
    options = parser.parse_args()
    options.accuracy_photos = options.accuracy_photos or options.photos
    for name in options.measures or measures:
        if name not in measures:
            parser.error(f"there is no {name}")
        with tempfile.TemporaryDirectory() as folder:
            measures[name].measure(options, folder)
    sys.exit(1 if FAILURES else 0)


main()
