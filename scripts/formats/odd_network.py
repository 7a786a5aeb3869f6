"""A network with random weights of the operators that the delivered backbones do not have, so that their translation to
TensorFlow is looked at by TensorFlow itself."""
import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 45


def write(folder):
    random = numpy.random.default_rng(5)
    nodes, tensors = [], []

    def constant(name, values, kind=numpy.float32):
        tensors.append(numpy_helper.from_array(numpy.asarray(values, dtype=kind), name))
        return name

    def weights(name, *shape):
        fan = numpy.prod(shape[1:]) if len(shape) > 1 else 4
        return constant(name, random.normal(size=shape) * numpy.sqrt(2 / fan))

    def add(operation, inputs, output, **attributes):
        nodes.append(helper.make_node(operation, inputs, [output], name=f"/layer {output}", **attributes))
        return output

    value = add("Conv", ["image", weights("w1", 8, 3, 5, 5), weights("b1", 8)], "c1", strides=[2, 2], pads=[2, 2, 2, 2])
    value = add(
        "BatchNormalization",
        [value, weights("gamma", 8), weights("beta", 8), weights("mean", 8), constant("variance", random.uniform(0.5, 2, 8))],
        "n1", epsilon=1e-3)  # fmt: skip
    value = add("Relu", [value], "r1")
    pooled = add("MaxPool", [value], "p1", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    other = add("AveragePool", [value], "p2", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    value = add("Concat", [pooled, other], "joined", axis=1)
    value = add("Conv", [value, weights("w2", 32, 1, 3, 3)], "c2", group=16, pads=[1, 1, 1, 1])
    value = add("HardSwish", [value], "h1")
    squeezed = add("GlobalAveragePool", [value], "s1")
    squeezed = add("Conv", [squeezed, weights("w3", 32, 32, 1, 1), weights("b3", 32)], "s2")
    squeezed = add("HardSigmoid", [squeezed], "s3", alpha=1 / 6, beta=0.5)
    value = add("Mul", [value, squeezed], "excited")
    widths = constant("widths", [0, 0, 0, 1, 0, 0, 1, 2], numpy.int64)
    value = add("Pad", [value, widths], "padded")
    value = add("Conv", [value, weights("w4", 24, 32, 3, 3)], "c4", strides=[2, 1], dilations=[1, 1])
    value = add("Clip", [value, constant("low", -1), constant("high", 4)], "clipped")
    value = add("Add", [value, weights("offset", 1, 24, 1, 1)], "moved")
    value = add("ReduceMean", [value], "average", axes=[2, 3], keepdims=0)
    value = add("Gemm", [value, weights("w5", 16, 24), weights("b5", 16)], "features", transB=1)
    graph = helper.make_graph(
        nodes, "odd", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["n", 16])], tensors)  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(folder / "odd.onnx"))
    (folder / "odd.json").write_text(json.dumps({
        "id": "odd", "file": "odd.onnx", "feature_count": 16,
        "input": {"tensor": "image", "width": SIZE, "height": SIZE, "layout": "NCHW", "channels": "RGB",
                  "mean": [127, 127, 127], "std": [128, 128, 128]},
        "outputs": {"features": "features"},
    }))  # fmt: skip
