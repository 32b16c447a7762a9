import TandemMath

/// The keys and values at the beginning of a GGUF file.
///
/// Opening a file only checks where values lie; a value is made when it is asked for, since vocabularies are long.
/// Every typed getter comes twice: `string("k")` throws if the key is absent, `string(ifPresent: "k")` returns `nil`;
/// both throw, naming file, key, found and wanted type, if the value has another type.
public struct GGUFMetadata: Sendable {
    /// Where a checked value lies.
    struct Entry: Sendable {
        let type: GGUFValueType
        /// For an array its elements' type, else the type itself.
        let elementType: GGUFValueType
        /// For an array its length, else 1.
        let count: Int
        /// Where the encoded value begins (for an array: at its element type), its elements begin, and it ends.
        let start: Int
        let payload: Int
        let end: Int
    }

    let file: String
    let bytes: MappedBytes
    /// All keys, in the file's order.
    public private(set) var keys: [String] = []
    private var entries: [String: Entry] = [:]

    init(file: String, bytes: MappedBytes) {
        self.file = file
        self.bytes = bytes
    }

    /// Adds an entry unless the key is there already.
    mutating func insert(_ key: String, _ entry: Entry) -> Bool {
        guard entries.updateValue(entry, forKey: key) == nil else { return false }
        keys.append(key)
        return true
    }

    /// Whether the key is present.
    public func contains(_ key: String) -> Bool { entries[key] != nil }

    /// Type of a value (`.array` for arrays), or `nil` if the key is absent.
    public func type(of key: String) -> GGUFValueType? { entries[key]?.type }

    /// Type of an array's elements; `nil` if the key is absent or no array.
    public func elementType(of key: String) -> GGUFValueType? {
        entries[key].flatMap { $0.type == .array ? $0.elementType : nil }
    }

    /// Length of an array, known without reading it; `nil` if the key is absent or no array.
    public func elementCount(of key: String) -> Int? {
        entries[key].flatMap { $0.type == .array ? $0.count : nil }
    }

    /// The value as the file encodes it, without key and type, and its type; `nil` if the key is absent.
    func encoded(_ key: String) -> (type: GGUFValueType, bytes: MappedBytes)? {
        guard let entry = entries[key],
            let slice = bytes.slice(at: entry.start, count: entry.end - entry.start)
        else { return nil }
        return (entry.type, slice)
    }

    /// The entry of a key, checked to be of one of the wanted types; `nil` if the key is absent.
    func entry(_ key: String, wanted: String, array: Bool, _ isWanted: (GGUFValueType) -> Bool) throws -> Entry? {
        guard let entry = entries[key] else { return nil }
        guard (entry.type == .array) == array, isWanted(entry.elementType) else {
            let found = entry.type == .array ? "an array of \(entry.elementType)" : "\(entry.type)"
            throw CheckpointError(
                file: file, place: .key(key), problem: "its value is \(found), where \(wanted) is needed",
                remedy: "Convert the model again with a current converter.")
        }
        return entry
    }

    func present<Value>(_ value: Value?, _ key: String) throws -> Value {
        guard let value else {
            throw CheckpointError(
                file: file, place: .key(key), problem: "the key is missing",
                remedy: "Convert the model again with a current converter.")
        }
        return value
    }

    func malformed(_ key: String, _ problem: String) -> CheckpointError {
        CheckpointError(file: file, place: .key(key), problem: problem, remedy: Remedy.damaged)
    }
}
