import Testing

import Settings

struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("port", "port", 0), ("prot", "port", 1), ("pot", "port", 1),
        ("pport", "port", 1), ("pert", "port", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func distances(left: String, right: String, expected: Int) {
        #expect(Suggestion.distance(left, right) == expected)
        #expect(Suggestion.distance(right, left) == expected)
    }
}
