import Testing
import Workers

struct CancellationFlagTests {
    @Test func staysSet() throws {
        let flag = CancellationFlag()
        #expect(!flag.isCancelled)
        try flag.check()
        for _ in 0..<2 {
            flag.cancel()
            #expect(flag.isCancelled)
            #expect(throws: CancellationError.self) { try flag.check() }
        }
    }
}
