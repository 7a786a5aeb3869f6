#!/usr/bin/env python3
"""Writes the names of the 1000 ImageNet-1k classes, one a line, in the order of a classifier's outputs.

    imagenet_labels.py timm-1.0.31-py3-none-any.whl imagenet-1k.txt

The PyPI package timm holds the classes' WordNet identifiers, in that order (which is their alphabetical one), and the
words of each identifier; the first word is the name.
"""

import sys
import zipfile

ORDER = "timm/data/_info/imagenet_synsets.txt"
WORDS = "timm/data/_info/imagenet_synset_to_lemma.txt"

# The two pairs that share their first word.
NAMES = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710637": "maillot (tights)",
    "n03710721": "maillot (swimsuit)",
}


def labels(wheel_path):
    with zipfile.ZipFile(wheel_path) as wheel:
        order = wheel.read(ORDER).decode().split()
        words = dict(line.split("\t", 1) for line in wheel.read(WORDS).decode().splitlines())
    names = [NAMES.get(identifier) or words[identifier].split(",")[0].strip() for identifier in order]
    if len(order) != 1000 or order != sorted(order) or names[0] != "tench" or len(set(names)) != 1000:
        sys.exit(f"imagenet_labels.py: {wheel_path} does not hold the 1000 classes in their standard order")
    return names


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: imagenet_labels.py WHEEL FILE")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(labels(sys.argv[1])) + "\n")
