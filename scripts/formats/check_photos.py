#!/usr/bin/env python3
"""Whole JPEG photos by the example of docs/exports.md, which resizes them itself: check_photos.py WORK"""
import json
import pathlib
import re

import numpy
import onnxruntime
from PIL import Image, ImageOps

from cases import run

# Measured: 1.7e-4 at most. A pixel that is rounded to the other side makes about as much.
TOLERANCE = 1e-3
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/exports.md"


def example():
    """The function `pixels`, as the page has it."""
    code = re.search(r"```python\n(.*?)\nsession = ", DOCUMENT.read_text(), re.DOTALL)[1]
    names = {}
    exec(compile(code, DOCUMENT, "exec"), names)
    return names["pixels"]


def plain(path, about):
    """What `pixels` would be without what the page says of it."""
    size = int(about["input_width"]), int(about["input_height"])
    return numpy.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB").resize(size, Image.BICUBIC))


def check(work):
    pixels = example()
    for case in json.loads((work.folder / "photos.json").read_text()):
        session = onnxruntime.InferenceSession(work.folder / case["file"], providers=["CPUExecutionProvider"])
        about = session.get_modelmeta().custom_metadata_map
        expected = numpy.array(case["probabilities"])

        def difference(make):
            pictures = numpy.stack([make(work.folder / photo, about) for photo in case["photos"]])
            found = session.run(["probabilities"], {"input": pictures})[0]
            return numpy.abs(found - expected).max(), int((found.argmax(1) == expected.argmax(1)).sum())

        largest, same = difference(pixels)
        text = f"photos {case['name']}: largest difference {largest:.1e}, {same} of {len(expected)} with the same best label"
        if about["input_fit"] == "squash":
            text += f"; with Pillow's own resize {difference(plain)[0]:.1e}"
        if largest <= TOLERANCE and same == len(expected):
            print(text, flush=True)
        else:
            work.fail(text)


run(check)
