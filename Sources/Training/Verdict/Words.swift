import Domain
import Foundation

/// Numbers and names as sentences have them.
package enum Words {
    package static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    /// Of a test's p: small ones are no zeros.
    package static func significance(_ value: Double) -> String {
        value < 1e-4 ? "p < 0.0001" : "p = \((value * 1e4).rounded() / 1e4)"
    }

    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    /// The first few, and how many there are beside.
    static func list(_ items: [String], limit: Int = 5) -> String {
        let rest = items.count - limit
        return items.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    static func quoted(_ label: String) -> String { "'\(label.printable)'" }
}
