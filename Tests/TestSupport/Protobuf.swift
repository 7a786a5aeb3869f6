public import Foundation

/// A Protocol Buffers message under construction, in its wire format: enough to write ONNX and TensorFlow files.
public struct Protobuf: Sendable {
    public private(set) var data = Data()

    public init(_ fields: Field...) { for field in fields { data += field.data } }
    public init(_ fields: [Field]) { for field in fields { data += field.data } }

    public struct Field: Sendable {
        fileprivate let data: Data

        private init(_ number: Int, wireType: Int, _ content: Data) {
            data = Protobuf.varint(number << 3 | wireType) + content
        }

        public static func integer(_ number: Int, _ value: Int) -> Field {
            Field(number, wireType: 0, Protobuf.varint(value))
        }

        public static func bytes(_ number: Int, _ value: Data) -> Field {
            Field(number, wireType: 2, Protobuf.varint(value.count) + value)
        }

        public static func text(_ number: Int, _ value: String) -> Field { bytes(number, Data(value.utf8)) }

        public static func message(_ number: Int, _ fields: Field...) -> Field { bytes(number, Protobuf(fields).data) }
        public static func message(_ number: Int, _ fields: [Field]) -> Field { bytes(number, Protobuf(fields).data) }

        /// A packed list of integers.
        public static func integers(_ number: Int, _ values: [Int]) -> Field {
            bytes(number, values.reduce(Data()) { $0 + Protobuf.varint($1) })
        }
    }

    fileprivate static func varint(_ value: Int) -> Data {
        var rest = UInt64(bitPattern: Int64(value))
        var bytes = Data()
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest != 0
        return bytes
    }
}
