package import Domain

/// A bottleneck cache that can lose what it has of photos that are gone.
package protocol SweptCache: Sendable {
    /// Photos that it has something of, by their bytes.
    func photos(after photo: PhotoDigest?, limit: Int) throws -> [PhotoDigest]
    /// All that it has of these, and gives the room back as far as it can.
    func remove(_ photos: [PhotoDigest]) throws
}
