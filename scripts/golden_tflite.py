#!/usr/bin/env python3
"""Prints the base64 in Tests/InferenceTests/Engine/MadeTFLite.swift: the network of Tests/TestSupport/MadeNetwork.swift
for 10 x 9 pixels as a TensorFlow Lite file, by TensorFlow's own converter. To run it again:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install tensorflow-cpu==2.21.0
    /tmp/golden/bin/python scripts/golden_tflite.py
"""

import base64
import textwrap

import tensorflow as tf

WEIGHTS = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -2, 4]]


@tf.function(input_signature=[tf.TensorSpec([1, 9, 10, 3], tf.float32, name="in")])
def network(picture):
    kernel = tf.reshape(tf.transpose(tf.constant(WEIGHTS, tf.float32)), [1, 1, 3, 4])
    feature_map = tf.nn.conv2d(picture, kernel, 1, "VALID", name="map")
    return tf.reduce_mean(feature_map, [1, 2], name="out")


def main():
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    model = converter.convert()
    interpreter = tf.lite.Interpreter(model_content=model)
    for tensor in interpreter.get_tensor_details():
        print(tensor["name"], tensor["shape"])
    print("\n".join(textwrap.wrap(base64.b64encode(model).decode(), 100)))


if __name__ == "__main__":
    main()
