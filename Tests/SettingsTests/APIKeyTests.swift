import Testing

import Settings

struct APIKeyTests {
    @Test func keysOfTheFile() throws {
        let settings = try load(
            """
            api_keys:
              - name: laptop
                sha256: \(hash("A"))
              - {name: 42, sha256: "\(hash("1"))", role: classify}
            """)
        #expect(
            settings.apiKeys == [
                APIKey(name: "laptop", sha256: hash("a"), role: .admin),
                APIKey(name: "42", sha256: hash("1"), role: .classify),
            ])
    }

    private static let hint = "it must be the 64 hexadecimal digits that 'printf %s KEY | sha256sum' prints."

    @Test(arguments: [
        ("- {name: a, sha256: secret}", "has no valid sha256 for 'a'; \(hint)"),
        ("- {name: a}", "has no valid sha256 for 'a'; \(hint)"),
        ("- {name: a, sha256: [secret]}", "has no valid sha256 for 'a'; \(hint)"),
        ("- {name: a, sha256: \(hash("g"))}", "has no valid sha256 for 'a'; \(hint)"),
        ("- {name: a, sha256: \(hash("a"))a}", "has no valid sha256 for 'a'; \(hint)"),
        (
            "- {name: a, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}",
            "has the SHA-256 of an empty key for 'a'; hash a key that nobody can guess."
        ),
        (
            "- {sha256: \(hash("a"))}",
            "has no valid name for key 1; it must be 1 to 64 letters, digits, '.', '_' and '-'."
        ),
        (
            "- {name: the secret, sha256: \(hash("a"))}",
            "has no valid name for key 1; it must be 1 to 64 letters, digits, '.', '_' and '-'."
        ),
        ("- {name: a, sha256: \(hash("a")), role: root}", "has the role 'root' for 'a'; it must be admin or classify."),
        ("- {name: a, sha256: \(hash("a")), role: }", "has the role '' for 'a'; it must be admin or classify."),
        ("- {name: a, key: secret}", "has 'key' in key 1; a key has name, sha256 or role."),
        ("- {name: a, sha256: \(hash("a")), role: classify, role: admin}", "has 'role' twice in key 1."),
        ("- secret", "has something else than a group of name, sha256 and role as key 1."),
    ])
    func wrongKeys(yaml: String, expected: String) {
        let found = problems("api_keys:\n  \(yaml)")
        #expect(found == ["regraft.yaml:2: api_keys \(expected)"])
        #expect(!found.joined().contains("secret"))
    }

    @Test(arguments: ["api_keys: secret", "api_keys:", "api_keys: {name: secret}"])
    func whatIsNoListIsNotShown(yaml: String) {
        #expect(
            problems(yaml) == [
                "regraft.yaml:1: api_keys must be a list of keys, each with name and sha256, or [] for none."
            ])
    }

    // The second of two keys, by its own line.
    @Test(arguments: [
        ("{name: a, sha256: \(hash("b"))}", "has two keys named 'a'; give one another name."),
        ("{name: b, sha256: \(hash("a"))}", "has the same sha256 for 'a' and 'b'; remove one of them."),
    ])
    func twoOfOne(second: String, expected: String) {
        let found = problems("api_keys:\n  - {name: a, sha256: \(hash("a"))}\n  - \(second)")
        #expect(found == ["regraft.yaml:3: api_keys \(expected)"])
    }

    @Test(arguments: [
        ("secret", "has something else than name:sha256 or name:sha256:role as key 1."),
        ("secret:", "has no valid sha256 for 'secret'; \(hint)"),
        ("a:\(hash("a")),secret:b:c:d", "has something else than name:sha256 or name:sha256:role as key 2."),
    ])
    func wrongVariable(value: String, expected: String) {
        #expect(problems(environment: ["REGRAFT_API_KEYS": value]) == ["REGRAFT_API_KEYS \(expected)"])
    }
}
