#!/usr/bin/env python3
"""Makes Tests/InferenceTests/Golden/orientations.json: the pixels that EfficientNet-Lite0 is
given for the photos exif/{Landscape,Portrait}_{1..8}.jpg of the test data, made by Pillow and averaged to 8 x 8 cells. (Not
what the network answers: on these pictures a change of every pixel by at most 1 moves a probability by 0.1 and more.) To
run it again:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install pillow numpy
    /tmp/golden/bin/python scripts/golden_orientations.py FOLDER_OF_TEST_DATA
"""

import json
import pathlib
import sys

import numpy
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    descriptor = json.loads((ROOT / "config" / "backbones" / "efficientnet-lite0.json").read_text())["input"]
    size = (descriptor["width"], descriptor["height"])
    content = {}
    for scene in ["Landscape", "Portrait"]:
        for orientation in range(1, 9):
            name = f"{scene}_{orientation}"
            file = Image.open(pathlib.Path(sys.argv[1]) / "exif" / f"{name}.jpg")
            # Decoded smaller, as is usual: at least as large as what is needed.
            file.draft("RGB", (300, 300))
            image = ImageOps.exif_transpose(file).convert("RGB")
            width, height = image.size
            side = min(width, height) * descriptor["crop_fraction"]
            box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
            for fit, part in [("crop", box), ("squash", None)]:
                pixels = numpy.asarray(image.resize(size, Image.Resampling.BICUBIC, box=part))
                cells = pixels.astype(float).reshape(8, size[1] // 8, 8, size[0] // 8, 3).mean(axis=(1, 3))
                content[f"{name} {fit}"] = [round(float(value), 2) for value in cells.ravel()]
    file = ROOT / "Tests" / "InferenceTests" / "Golden" / "orientations.json"
    file.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
