#!/usr/bin/env python3
"""Makes Tests/InferenceTests/Golden/orientations.json: what EfficientNet-Lite0 makes of the photos
exif/{Landscape,Portrait}_{1..8}.jpg of the test data, with Pillow and ONNX Runtime instead of Regraft's code. To run it
again, after scripts/setup.sh:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install pillow numpy onnxruntime
    /tmp/golden/bin/python scripts/golden_orientations.py FOLDER_OF_TEST_DATA
"""

import json
import pathlib
import sys

import numpy
import onnxruntime
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    session = onnxruntime.InferenceSession(str(ROOT / ".deps" / "backbones" / "efficientnet-lite0.onnx"))
    descriptor = json.loads((ROOT / "config" / "backbones" / "efficientnet-lite0.json").read_text())["input"]
    size, crop_fraction = descriptor["width"], descriptor["crop_fraction"]
    content = {}
    for scene in ["Landscape", "Portrait"]:
        for orientation in range(1, 9):
            name = f"{scene}_{orientation}"
            file = Image.open(pathlib.Path(sys.argv[1]) / "exif" / f"{name}.jpg")
            # Decoded smaller, as is usual: at least as large as what is needed.
            file.draft("RGB", (300, 300))
            image = ImageOps.exif_transpose(file).convert("RGB")
            width, height = image.size
            side = min(width, height) * crop_fraction
            box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
            for fit, part in [("crop", box), ("squash", None)]:
                pixels = numpy.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box=part))
                batch = ((pixels.astype(numpy.float32) - 127) / 128).transpose(2, 0, 1)[None]
                logits = session.run(["logits"], {"input": batch})[0][0].astype(float)
                powers = numpy.exp(logits - logits.max())
                top = numpy.argsort(-logits)[:5]
                content[f"{name} {fit}"] = {
                    "classes": top.tolist(),
                    "probabilities": [round(float(p), 6) for p in powers[top] / powers.sum()],
                }
    file = ROOT / "Tests" / "InferenceTests" / "Golden" / "orientations.json"
    file.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
