#!/usr/bin/env python3
"""Both kinds of files by OpenVINO: check_openvino.py WORK"""
import numpy
import openvino

from cases import run


def check(work):
    core = openvino.Core()
    for case in work.cases:
        for kind in ("onnx", "onnx-u8", "tensorflow"):
            path = work.file(case, kind)
            if not path:
                continue
            model = core.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
            pictures = work.pixels(case) if kind == "onnx-u8" else work.normalised(case)
            if kind == "onnx":
                pictures = numpy.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
            found = model([pictures])
            wanted = next(port for port in found if "logits" not in port.get_names())
            work.compare(f"openvino {case['name']} {kind}", case, found[wanted])


run(check)
