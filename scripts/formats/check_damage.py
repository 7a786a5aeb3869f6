#!/usr/bin/env python3
"""A damaged network is refused with its reason, before anything is written: check_damage.py WORK"""
import json
import pathlib
import subprocess

from cases import run


def check(work):
    given = json.loads((work.folder / "damage.json").read_text())
    descriptor = json.loads(pathlib.Path(given["descriptor"]).read_text())
    network = pathlib.Path(given["network"]).read_bytes()
    middle = len(network) // 2
    flipped = network[:middle] + bytes([network[middle] ^ 1]) + network[middle + 1 :]
    cases = [
        ("a truncated network of known SHA-256", network[:middle], True, "its SHA-256 is"),
        ("a network of known SHA-256 with one bit flipped", flipped, True, "its SHA-256 is"),
        ("a truncated network", network[:middle], False, "cut off, damaged or of another kind"),
        ("a network with its first byte changed", b"\xff" + network[1:], False, "cut off, damaged or of another kind"),
    ]
    folder = work.folder / "damage"
    folder.mkdir()
    for title, content, is_known, reason in cases:
        described = dict(descriptor, id="damaged", file="damaged.onnx", labels=None)
        if not is_known:
            described["sha256"] = None
            described.pop("classifier", None)
        (folder / "damaged.onnx").write_bytes(content)
        (folder / "damaged.json").write_text(json.dumps(described))
        for ending in ("onnx", "pb"):
            output = folder / f"model.{ending}"
            done = subprocess.run(
                [given["regraft"], "retrain", "--image_dir", given["photos"], "--model_dir", folder, "--architecture",
                 "damaged", "--output_graph", output, "--output_labels", folder / "labels.txt", "--bottleneck_dir",
                 folder / "cache"],
                capture_output=True, text=True)  # fmt: skip
            text = f"{title}, for .{ending}: {done.stderr.strip().splitlines()[-1:]}"
            if done.returncode == 1 and reason in done.stderr and not output.exists():
                print(f"{title}, for .{ending}: refused", flush=True)
            else:
                work.fail(text)


run(check)
