public enum StorageFailure {
    public static func isDiskFull(_ error: any Error) -> Bool { false }
}
