import TandemJSON
import TandemMath

/// An object of a JSON file, with getters that know where they are.
///
/// Each getter returns `nil` for an absent key and for `null`, and throws, naming file and path, for another type.
struct JSONObject: Sendable {
    let file: String
    /// Path to the object with a dot at its end, or empty for the outermost.
    let prefix: String
    let members: [String: JSONValue]

    /// Reads a file whose outermost value must be an object.
    init(bytes: [UInt8], file: String, start: Int = 0) throws {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw CheckpointError(
                file: file, place: .byte(start + error.offset), problem: "the JSON text is not valid: \(error)",
                remedy: Remedy.damaged)
        }
        guard case .object(let members) = value else {
            throw CheckpointError(
                file: file, place: .byte(start), problem: "the file holds no JSON object", remedy: Remedy.damaged)
        }
        try self.init(file: file, prefix: "", members: members)
    }

    /// Maps and reads a file. Configurations are small; whatever is beyond 256 MiB is none.
    init(path: String) throws {
        let mapped = try MappedFile(path: path)
        guard mapped.count <= 1 << 28 else {
            throw CheckpointError(
                file: path, problem: "the file has \(mapped.count) bytes, which is too much for a JSON file",
                remedy: Remedy.damaged)
        }
        try self.init(bytes: mapped.bytes.array, file: path)
    }

    /// The reader refuses equal keys; here they are also equal where they are written by other code points, as the keys
    /// of Swift's dictionaries are.
    private init(file: String, prefix: String, members: [JSONMember]) throws {
        var values: [String: JSONValue] = [:]
        values.reserveCapacity(members.count)
        for member in members where values.updateValue(member.value, forKey: member.name) != nil {
            throw CheckpointError(
                file: file, place: .key(prefix + member.name), problem: "the key occurs twice, in two spellings",
                remedy: Remedy.damaged)
        }
        self.file = file
        self.prefix = prefix
        self.members = values
    }

    /// An error about a key.
    func failure(_ key: String, _ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
        CheckpointError(file: file, place: .key(prefix + key), problem: problem, remedy: remedy)
    }

    private func member<Value>(_ key: String, _ wanted: String, _ convert: (JSONValue) -> Value?) throws -> Value? {
        guard let value = members[key], value != .null else { return nil }
        guard let converted = convert(value) else {
            throw failure(key, "its value is \(value.kind), where \(wanted) is needed")
        }
        return converted
    }

    /// The value, which must be there.
    func required<Value>(_ key: String, _ value: Value?) throws -> Value {
        guard let value else { throw failure(key, "the key is missing") }
        return value
    }

    func string(_ key: String) throws -> String? {
        try member(key, "a string", \.text)
    }

    func bool(_ key: String) throws -> Bool? {
        try member(key, "a truth value", \.bool)
    }

    /// A whole number, also where it is written as 4096.0.
    func integer(_ key: String) throws -> Int? { try member(key, "a whole number", \.integer) }

    func double(_ key: String) throws -> Double? { try member(key, "a number", \.number) }

    /// One whole number or an array of them.
    func integers(_ key: String) throws -> [Int]? {
        try member(key, "a whole number or an array of them") {
            let elements = $0.elements ?? [$0]
            let integers = elements.compactMap(\.integer)
            return integers.count == elements.count ? integers : nil
        }
    }

    func strings(_ key: String) throws -> [String]? {
        try member(key, "an array of strings") {
            guard let elements = $0.elements else { return nil }
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count ? texts : nil
        }
    }

    func object(_ key: String) throws -> JSONObject? {
        guard let members = try member(key, "an object", \.members) else { return nil }
        return try JSONObject(file: file, prefix: "\(prefix)\(key).", members: members)
    }

    /// An array of objects; `nil` also where the value is something else than an array.
    func objects(ifArray key: String) throws -> [JSONObject]? {
        guard case .array(let elements)? = members[key] else { return nil }
        return try elements.enumerated().map { index, element in
            guard case .object(let members) = element else {
                throw failure("\(key)[\(index)]", "its value is \(element.kind), where an object is needed")
            }
            return try JSONObject(file: file, prefix: "\(prefix)\(key)[\(index)].", members: members)
        }
    }
}
