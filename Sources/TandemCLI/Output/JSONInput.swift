import TandemJSON

/// What people and programs hand over as JSON.
enum JSONInput {
    /// An array of whole numbers; `nil` if `bytes` are anything else.
    static func integers(_ bytes: some Sequence<UInt8>) -> [Int]? {
        guard let elements = (try? JSONValue(parsing: Array(bytes)))?.elements else { return nil }
        let numbers = elements.compactMap(\.integer)
        return numbers.count == elements.count ? numbers : nil
    }

    /// A string; `nil` if `bytes` are anything else.
    static func string(_ bytes: some Sequence<UInt8>) -> String? { (try? JSONValue(parsing: Array(bytes)))?.text }
}
