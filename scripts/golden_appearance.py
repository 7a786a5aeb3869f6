#!/usr/bin/env python3
"""Makes Tests/InferenceTests/Golden/appearance.json: a picture as Pillow saves it in several formats, qualities and sizes,
and pictures that differ from it. To run it again:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install pillow==13.0.0 numpy
    /tmp/golden/bin/python scripts/golden_appearance.py
"""

import base64
import io
import json
import pathlib

import numpy
from PIL import Image

FILE = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "InferenceTests" / "Golden" / "appearance.json"


def scene(seed, size=96):
    """Blobs of light, as in photos: most of the contrast is in large shapes."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.indices((size, size)) / size
    picture = numpy.zeros((size, size, 3))
    for _ in range(24):
        centre, width, colour = random.random(2), 0.08 + 0.2 * random.random(), random.normal(size=3) + 0.2
        blob = numpy.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * width**2))
        picture += blob[..., None] * colour
    picture = 255 * (picture - picture.min()) / (picture.max() - picture.min())
    return Image.fromarray(picture.round().astype(numpy.uint8), "RGB")


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return base64.b64encode(file.getvalue()).decode()


def main():
    original = scene(0)
    content = {
        "original": saved(original, "JPEG", quality=92),
        "copies": {
            "JPEG of quality 40": saved(original, "JPEG", quality=40),
            "WebP": saved(original, "WEBP", quality=70),
            "two thirds the size": saved(original.resize((64, 64), Image.Resampling.LANCZOS), "JPEG", quality=85),
            "larger": saved(original.resize((120, 120), Image.Resampling.BICUBIC), "JPEG", quality=60),
        },
        "others": [saved(scene(seed), "JPEG", quality=60) for seed in range(1, 7)],
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
