import TandemJSON
import TandemMath

/// Walks through a GGUF file; every step is checked against what is left and throws with the position.
struct GGUFCursor {
    let file: String
    let bytes: MappedBytes
    private(set) var offset = 0

    var remaining: Int { bytes.count - offset }

    /// The longest string and the longest array that llama.cpp accepts; far beyond what a model needs.
    static let longestString = 1 << 30
    static let longestArray = 1 << 30

    init(file: String, bytes: MappedBytes) {
        self.file = file
        self.bytes = bytes
    }

    func failure(at place: Int? = nil, _ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
        CheckpointError(file: file, place: .byte(place ?? offset), problem: problem, remedy: remedy)
    }

    mutating func integer<Value: FixedWidthInteger>(_ what: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value: Value = bytes.integer(at: offset) else {
            throw failure("the file ends inside \(what)", Remedy.incomplete)
        }
        offset += MemoryLayout<Value>.size
        return value
    }

    /// A number of things that take at least `smallest` bytes each, so that no more can follow than bytes are left.
    mutating func count(of what: String, smallest: Int, atMost limit: Int = .max) throws -> Int {
        let start = offset
        let value: Int64 = try integer("the number of \(what)")
        guard value >= 0 else { throw failure(at: start, "the number of \(what) is \(value)") }
        guard value <= Int64(limit) else {
            throw failure(at: start, "the number of \(what) is \(value); at most \(limit) are allowed")
        }
        guard value <= Int64(remaining / smallest) else {
            throw failure(
                at: start, "the number of \(what) is \(value), but only \(remaining) bytes follow", Remedy.incomplete)
        }
        return Int(value)
    }

    mutating func string(_ what: String) throws -> String {
        let start = offset
        let length = try count(of: "bytes of \(what)", smallest: 1, atMost: Self.longestString)
        guard let text = bytes.string(at: offset, count: length) else {
            throw failure(at: start, "\(what) is not UTF-8")
        }
        offset += length
        return text
    }

    /// Moves on by `count` bytes, which the caller knows to be there.
    mutating func skip(_ count: Int) throws {
        guard count >= 0, count <= remaining else { throw failure("the file ends too early", Remedy.incomplete) }
        offset += count
    }

    /// Checks and passes one metadata value, and says where it lies.
    mutating func value(of key: String, type: GGUFValueType) throws -> GGUFMetadata.Entry {
        func keyed(_ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
            CheckpointError(file: file, place: .key(key), problem: problem, remedy: remedy)
        }
        let start = offset
        var element = type
        var count = 1
        if type == .array {
            let number: UInt32 = try integer("the element type of \(quoted(key))")
            guard let known = GGUFValueType(rawValue: number) else {
                throw keyed("its elements have the unknown type \(number)")
            }
            guard known != .array else {
                throw keyed("it is an array of arrays, which GGUF readers refuse")
            }
            element = known
            count = try self.count(
                of: "elements of \(quoted(key))", smallest: element.fixedByteCount ?? 8, atMost: Self.longestArray)
        }
        let payload = offset
        if let size = element.fixedByteCount {
            // For an array, `count` is bounded by the bytes that are left, so the product cannot overflow.
            guard count * size <= remaining else { throw keyed("the file ends inside its value", Remedy.incomplete) }
            try skip(count * size)
            if element == .bool { try checkBooleans(at: payload, count: count, keyed) }
        } else {
            let (fitting, end) = bytes.skipLengthPrefixedStrings(at: payload, count: count)
            guard fitting == count else {
                let which = type == .array ? "string \(fitting) of \(count)" : "its string"
                throw keyed("\(which) is longer than what is left of the file", Remedy.incomplete)
            }
            offset = end
        }
        return GGUFMetadata.Entry(
            type: type, elementType: element, count: count, start: start, payload: payload, end: offset)
    }

    private func checkBooleans(
        at payload: Int, count: Int, _ keyed: (String, String) -> CheckpointError
    ) throws {
        for position in payload..<payload + count {
            guard let byte: UInt8 = bytes.integer(at: position), byte <= 1 else {
                throw keyed("a truth value is stored as neither 0 nor 1", Remedy.damaged)
            }
        }
    }
}
