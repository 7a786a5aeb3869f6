import Domain
public import Foundation

/// The smallest network that still shows every mistake in how a picture gets into it: a 1 × 1 convolution (the feature
/// map) and the mean of each of its channels (the features). Written as a file in each format.
public enum MadeNetwork {
    public static let featureCount = 4
    /// `[featureCount, 3]`: every channel counts differently everywhere.
    public static let weights: [[Float]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -2, 4]]

    /// The feature map computed by hand.
    /// - Parameters:
    ///   - order: which of red, green and blue each channel of the network is.
    /// - Returns: `[height, width, featureCount]`
    public static func featureMap(
        _ picture: MadePicture, order: [Int] = [0, 1, 2], mean: [Float], std: [Float]
    ) -> [[Float]] {
        (0..<picture.width * picture.height).map { pixel in
            let input = (0..<3).map { (Float(picture.pixels[pixel * 3 + order[$0]]) - mean[$0]) / std[$0] }
            return weights.map { row in (0..<3).reduce(0) { $0 + row[$1] * input[$1] } }
        }
    }

    /// `[featureCount]`
    public static func features(_ map: [[Float]]) -> [Float] {
        (0..<featureCount).map { feature in
            Float(map.reduce(0.0) { $0 + Double($1[feature]) } / Double(map.count))
        }
    }

    /// An ONNX file (onnx.proto, IR version 8, opset 13). Tensors: `in` → `map` → `out`.
    public static func onnx(width: Int, height: Int) -> Data {
        func value(_ number: Int, _ name: String, _ shape: [Int]) -> Protobuf.Field {
            let dimensions = shape.map { Protobuf.Field.message(1, .integer(1, $0)) }
            return .message(number, .text(1, name), .message(2, .message(1, .integer(1, 1), .message(2, dimensions))))
        }
        func node(_ operation: String, _ inputs: [String], _ output: String, _ more: Protobuf.Field...)
            -> Protobuf.Field
        {
            .message(1, inputs.map { .text(1, $0) } + [.text(2, output), .text(3, output), .text(4, operation)] + more)
        }
        let kernel = weights.flatMap(\.self).littleEndianBytes
        let graph: [Protobuf.Field] = [
            node("Conv", ["in", "weights"], "map"),
            node("GlobalAveragePool", ["map"], "pool"),
            node("Flatten", ["pool"], "out", .message(5, .text(1, "axis"), .integer(3, 1), .integer(20, 2))),
            .text(2, "made"),
            .message(5, .integers(1, [featureCount, 3, 1, 1]), .integer(2, 1), .text(8, "weights"), .bytes(9, kernel)),
            value(11, "in", [1, 3, height, width]),
            value(12, "out", [1, featureCount]),
        ]
        return Protobuf(.integer(1, 8), .message(7, graph), .message(8, .integer(2, 13))).data
    }

    /// A TensorFlow GraphDef (graph.proto) that begins, as that of Inception v3 of 2015 does, with decoding a JPEG file;
    /// the picture goes in at `Mul`. Tensors: `Mul` → `map` → `out`.
    public static func graphDef() -> Data {
        func attribute(_ name: String, _ value: Protobuf.Field) -> Protobuf.Field {
            .message(5, .text(1, name), .message(2, value))
        }
        func node(_ name: String, _ operation: String, _ inputs: [String], _ more: [Protobuf.Field]) -> Protobuf.Field {
            .message(1, [.text(1, name), .text(2, operation)] + inputs.map { .text(3, $0) } + more)
        }
        func constant(_ name: String, type: Int, shape: [Int], _ content: Protobuf.Field) -> Protobuf.Field {
            let dimensions = shape.map { Protobuf.Field.message(2, .integer(1, $0)) }
            let tensor = Protobuf.Field.message(8, .integer(1, type), .message(2, dimensions), content)
            return node(name, "Const", [], [attribute("dtype", .integer(6, type)), attribute("value", tensor)])
        }
        func int32(_ values: [Int32]) -> Protobuf.Field {
            .bytes(
                4,
                values.reduce(into: Data()) { data, value in
                    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
                })
        }
        let (float, uint8, int, string) = (1, 4, 3, 7)
        // Height, width, in, out.
        let kernel = (0..<3).flatMap { channel in weights.map { $0[channel] } }.littleEndianBytes
        return Protobuf(
            constant("DecodeJpeg/contents", type: string, shape: [], .text(8, "no picture")),
            node("DecodeJpeg", "DecodeJpeg", ["DecodeJpeg/contents"], [attribute("channels", .integer(3, 3))]),
            node(
                "Cast", "Cast", ["DecodeJpeg"],
                [attribute("SrcT", .integer(6, uint8)), attribute("DstT", .integer(6, float))]),
            constant("ExpandDims/dim", type: int, shape: [], int32([0])),
            node(
                "ExpandDims", "ExpandDims", ["Cast", "ExpandDims/dim"],
                [attribute("T", .integer(6, float)), attribute("Tdim", .integer(6, int))]),
            constant("Mul/y", type: float, shape: [], .bytes(4, ([0.0078125] as [Float]).littleEndianBytes)),
            node("Mul", "Mul", ["ExpandDims", "Mul/y"], [attribute("T", .integer(6, float))]),
            constant("weights", type: float, shape: [1, 1, 3, featureCount], .bytes(4, kernel)),
            node(
                "map", "Conv2D", ["Mul", "weights"],
                [
                    attribute("T", .integer(6, float)), attribute("padding", .text(2, "VALID")),
                    attribute("strides", .message(1, .integers(3, [1, 1, 1, 1]))),
                    attribute("data_format", .text(2, "NHWC")),
                ]),
            constant("axes", type: int, shape: [2], int32([1, 2])),
            node(
                "out", "Mean", ["map", "axes"],
                [
                    attribute("T", .integer(6, float)), attribute("Tidx", .integer(6, int)),
                    attribute("keep_dims", .integer(5, 0)),
                ])
        ).data
    }

    /// An OpenVINO IR, version 11: the `.xml` and the `.bin` beside it. Tensors: `in` → `map` → `out`.
    public static func openVINO(width: Int, height: Int) -> (xml: String, bin: Data) {
        func port(_ id: Int, _ shape: [Int], precision: String = "FP32", names: String? = nil) -> String {
            "<port id=\"\(id)\" precision=\"\(precision)\"\(names.map { " names=\"\($0)\"" } ?? "")>"
                + shape.map { "<dim>\($0)</dim>" }.joined() + "</port>"
        }
        let (input, map) = ([1, 3, height, width], [1, featureCount, height, width])
        let kernel = weights.flatMap(\.self).littleEndianBytes
        let axes = Data([2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0])
        let xml = """
            <?xml version="1.0"?>
            <net name="made" version="11">
            <layers>
            <layer id="0" name="in" type="Parameter" version="opset1">
              <data shape="1,3,\(height),\(width)" element_type="f32"/>
              <output>\(port(0, input, names: "in"))</output>
            </layer>
            <layer id="1" name="weights" type="Const" version="opset1">
              <data element_type="f32" shape="\(featureCount),3,1,1" offset="0" size="\(kernel.count)"/>
              <output>\(port(0, [featureCount, 3, 1, 1]))</output>
            </layer>
            <layer id="2" name="map" type="Convolution" version="opset1">
              <data strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0" auto_pad="explicit"/>
              <input>\(port(0, input))\(port(1, [featureCount, 3, 1, 1]))</input>
              <output>\(port(2, map, names: "map"))</output>
            </layer>
            <layer id="3" name="axes" type="Const" version="opset1">
              <data element_type="i64" shape="2" offset="\(kernel.count)" size="\(axes.count)"/>
              <output>\(port(0, [2], precision: "I64"))</output>
            </layer>
            <layer id="4" name="out" type="ReduceMean" version="opset1">
              <data keep_dims="false"/>
              <input>\(port(0, map))\(port(1, [2], precision: "I64"))</input>
              <output>\(port(2, [1, featureCount], names: "out"))</output>
            </layer>
            <layer id="5" name="result" type="Result" version="opset1">
              <input>\(port(0, [1, featureCount]))</input>
            </layer>
            </layers>
            <edges>
            <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
            <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
            <edge from-layer="2" from-port="2" to-layer="4" to-port="0"/>
            <edge from-layer="3" from-port="0" to-layer="4" to-port="1"/>
            <edge from-layer="4" from-port="2" to-layer="5" to-port="0"/>
            </edges>
            </net>
            """
        return (xml, kernel + axes)
    }

    /// A descriptor for a file in any of these formats.
    public static func descriptor(
        file: String, input: String = "in", width: Int, height: Int, layout: String, channels: String, mean: [Float],
        std: [Float], features: String = "out", featureMap: String = "map", featureCount: Int = featureCount
    ) -> String {
        """
        {
          "id": "made", "file": "\(file)", "feature_count": \(featureCount),
          "input": {
            "tensor": "\(input)", "width": \(width), "height": \(height), "layout": "\(layout)",
            "channels": "\(channels)", "mean": \(mean), "std": \(std)
          },
          "outputs": { "features": "\(features)", "feature_map": "\(featureMap)" }
        }
        """
    }
}
