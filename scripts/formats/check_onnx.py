#!/usr/bin/env python3
"""ONNX files by onnx.checker and by ONNX Runtime: check_onnx.py WORK"""
import json

import numpy
import onnx
import onnxruntime

from cases import run


def check(work):
    for case in work.cases:
        for kind in ("onnx", "onnx-u8"):
            path = work.file(case, kind)
            if not path:
                continue
            title = f"onnxruntime {case['name']} {kind}"
            onnx.checker.check_model(path, full_check=True)
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            said = session.get_modelmeta().custom_metadata_map
            if json.loads(said["labels"]) != case["labels"]:
                work.fail(f"{title}: labels {said['labels']}")
            if kind == "onnx":
                pictures = numpy.ascontiguousarray(work.normalised(case).transpose(0, 3, 1, 2))
            else:
                pictures = work.pixels(case)
            # One by one, and some at once.
            found = [session.run(["probabilities"], {"input": picture[None]})[0] for picture in pictures[:20]]
            found.append(session.run(["probabilities"], {"input": pictures[20:]})[0])
            work.compare(title, case, numpy.concatenate(found))


run(check)
