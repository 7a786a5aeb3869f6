import Testing
struct ImportTableTests {}
