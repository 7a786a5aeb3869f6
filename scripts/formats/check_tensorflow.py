#!/usr/bin/env python3
"""Frozen graphs by TensorFlow's session of version 1, and as label_image.py uses them: check_tensorflow.py WORK"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy
import tensorflow

from cases import MEAN, STD, run

v1 = tensorflow.compat.v1


def session(path):
    definition = v1.GraphDef()
    with open(path, "rb") as file:
        definition.ParseFromString(file.read())
    graph = tensorflow.Graph()
    with graph.as_default():
        tensorflow.import_graph_def(definition)
    return v1.Session(graph=graph)


def picture_as_the_tutorial_reads_it(path, height, width):
    """Decodes, resizes and normalises in TensorFlow, by the flags' whole numbers."""
    with tensorflow.Graph().as_default(), v1.Session() as reader:
        decoded = tensorflow.image.decode_png(tensorflow.io.read_file(str(path)), channels=3)
        batch = tensorflow.expand_dims(tensorflow.cast(decoded, tensorflow.float32), 0)
        resized = v1.image.resize_bilinear(batch, [height, width])
        return reader.run(tensorflow.divide(tensorflow.subtract(resized, [MEAN]), [STD]))


def check(work):
    for case in work.cases:
        path = work.file(case, "tensorflow")
        if not path:
            continue
        output = case.get("output", "final_result")
        with session(path) as runner:
            found = runner.run(f"import/{output}:0", {"import/input:0": work.normalised(case)})
            work.compare(f"tensorflow {case['name']}", case, found)
            if not case.get("tutorial"):
                continue
            height, width = work.pixels(case).shape[1:3]
            layers = [runner.graph.get_operation_by_name(f"import/{name}").outputs[0] for name in ("input", output)]
            found = [
                numpy.squeeze(runner.run(layers[1], {layers[0]: picture_as_the_tutorial_reads_it(path, height, width)}))
                for path in work.paths(case)
            ]
            work.compare(f"as label_image.py {case['name']}", case, numpy.stack(found))
            lines = open(work.file(case, "labels"), encoding="utf-8").read().split("\n")
            if lines != [*case["labels"], ""]:
                work.fail(f"{case['name']}: the file of labels is {lines}")


run(check)
