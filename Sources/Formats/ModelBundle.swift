public import Domain
public import Foundation

/// A retrained model as a file that another Regraft takes: the head with its labels and when it abstains, how good it is, which
/// backbone it belongs on, and where it comes from. `docs/bundle.md` describes the file.
public struct ModelBundle: Sendable, Equatable {
    public let head: HeadBundle
    /// JSON, which is looked into by whoever knows evaluations.
    public let evaluation: Data
    /// The backbone's descriptor, JSON as in `config/backbones/`, for people who have to find the network; nil where it was not at
    /// hand. What counts is in the head: its hash and its preprocessing.
    public let descriptor: Data?
    public let provenance: ModelProvenance

    public static let contentType = "application/vnd.regraft.bundle"
    public static let fileExtension = "regraft"

    /// Bytes; reading JSON takes some thirty times as many.
    private static let longestProvenance = 64 << 10

    private enum Name {
        static let head = "head"
        static let evaluation = "evaluation"
        static let descriptor = "descriptor"
        static let provenance = "provenance"
    }

    public init(head: HeadBundle, evaluation: Data, descriptor: Data?, provenance: ModelProvenance) {
        self.head = head
        self.evaluation = evaluation
        self.descriptor = descriptor
        self.provenance = provenance
    }

    /// The file's bytes; the same bundle always gives the same.
    public func encoded() throws -> Data {
        var sections = [
            ModelBundleFile.Section(name: Name.provenance, content: try provenance.encoded()),
            ModelBundleFile.Section(name: Name.head, content: try head.encoded()),
            ModelBundleFile.Section(name: Name.evaluation, content: evaluation),
        ]
        if let descriptor { sections.append(.init(name: Name.descriptor, content: descriptor)) }
        return ModelBundleFile(sections).encoded
    }

    /// Sections that this Regraft does not know are passed over.
    /// - Throws: `RegraftError` (`invalid_bundle`) for what is no bundle, is cut off, has been changed, or is of a newer Regraft.
    public init(decoding data: Data) throws(RegraftError) {
        func refuse(_ what: String) -> RegraftError {
            RegraftError("invalid_bundle", "This is not a usable Regraft bundle: \(what).")
        }
        let file: ModelBundleFile
        do { file = try ModelBundleFile(decoding: data) } catch {
            let isHead = data.first == UInt8(ascii: "{")
            throw refuse(
                isHead
                    ? "it is text; the models in JSON that Regraft wrote before hold a head alone. Export or retrain it anew"
                    : error.what)
        }
        func section(_ name: String) throws(RegraftError) -> Data {
            guard let content = file[name] else { throw refuse("it has no section '\(name)'") }
            return content
        }
        do { head = try HeadBundle(decoding: try section(Name.head)) } catch let error as RegraftError {
            throw error
        } catch { throw refuse("its head cannot be read") }
        evaluation = try section(Name.evaluation)
        descriptor = file[Name.descriptor]
        let text = try section(Name.provenance)
        guard text.count <= Self.longestProvenance else { throw refuse("its section '\(Name.provenance)' is too long") }
        do { provenance = try ModelProvenance(decoding: text) } catch {
            throw refuse("its section '\(Name.provenance)' is not what it should be")
        }
    }

    /// The head of a model's file: of a bundle, or of the JSON that `regraft retrain` wrote before there were bundles.
    /// - Throws: as `init(decoding:)`.
    public static func head(decoding data: Data) throws -> HeadBundle {
        if data.first == UInt8(ascii: "{") { return try HeadBundle(decoding: data) }
        return try ModelBundle(decoding: data).head
    }
}
