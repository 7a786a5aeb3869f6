/// What an archive holds, one thing at a time. Folders and what operating systems leave behind are not items.
public enum ArchiveItem: Sendable, Equatable {
    /// A regular file.
    ///
    /// `path` is relative, separated by `/`, and has only segments that name something: no `.`, no `..`, none that is
    /// empty or hidden. It is exactly the archive's Unicode, composed or decomposed; Swift's `==` does not tell the two
    /// apart, so compare `utf8` where that matters. `size` is in bytes, as the archive states it, and may be a lie;
    /// nil where it says nothing.
    case file(path: String, size: Int?)
    /// Something that is not taken, with the reason as what follows its name: "it is a hard link". `path` is for people: it is at most 200 characters
    /// long and has no control characters.
    case refused(path: String, reason: String)
}

/// How reading a file's content ended.
public enum ArchiveContent: Sendable, Equatable {
    /// All of it has been delivered, and it agrees with the archive's checksum where there is one (zip).
    case complete(bytes: Int)
    /// What has been delivered is not the file, and is to be thrown away. Reading goes on with the next item.
    case refused(reason: String)
}
