import TandemJSON
import TandemMath

/// The rules of a safetensors header.
enum SafetensorsHeader {
    private struct Range {
        let name: String
        let type: SafetensorsType
        let shape: [Int]
        let begin: Int
        let end: Int
    }

    /// Header and data of a file, and where the data begin.
    static func split(
        _ bytes: MappedBytes, path: String
    ) throws -> (header: JSONObject, data: MappedBytes, dataStart: Int) {
        func failure(_ place: Int, _ problem: String, _ remedy: String) -> CheckpointError {
            CheckpointError(file: path, place: .byte(place), problem: problem, remedy: remedy)
        }
        guard let length: UInt64 = bytes.integer(at: 0) else {
            throw failure(0, "the file ends inside the length of its header", Remedy.incomplete)
        }
        guard length <= UInt64(SafetensorsFile.longestHeader) else {
            throw failure(
                0, "the header is said to have \(length) bytes; at most \(SafetensorsFile.longestHeader) are allowed",
                "Give a safetensors file; an error page saved under its name, or a Git LFS pointer, looks like this.")
        }
        guard let header = bytes.slice(at: 8, count: Int(length)),
            let data = bytes.slice(at: 8 + Int(length), count: bytes.count - 8 - Int(length))
        else {
            throw failure(
                0, "the header is said to have \(length) bytes, but only \(bytes.count - 8) follow", Remedy.incomplete)
        }
        // The format wants the brace first, so that no other kind of file can hide in leading space.
        guard header.integer(at: 0, as: UInt8.self) == UInt8(ascii: "{") else {
            throw failure(8, "the header does not begin with a brace", Remedy.damaged)
        }
        return (try JSONObject(bytes: header.array, file: path, start: 8), data, 8 + Int(length))
    }

    /// The texts under `__metadata__`.
    static func metadata(_ header: JSONObject) throws -> [String: String] {
        guard let object = try header.object("__metadata__") else { return [:] }
        var texts: [String: String] = [:]
        for key in object.members.keys { texts[key] = try object.required(key, object.string(key)) }
        return texts
    }

    /// All tensors, in the order of their bytes, after checking that they tile the data.
    ///
    /// - Parameter takesIntegers: whether tensors of whole numbers are welcome.
    static func tensors(
        _ header: JSONObject, data: MappedBytes, dataStart: Int, takesIntegers: Bool
    ) throws -> [SafetensorsTensor] {
        var ranges: [Range] = []
        for name in header.members.keys where name != "__metadata__" {
            ranges.append(try range(name, header, takesIntegers: takesIntegers))
        }
        // Of tensors without bytes several may begin at one place, before the one that has some.
        ranges.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
        var next = 0
        var tensors: [SafetensorsTensor] = []
        for range in ranges {
            func failure(_ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
                CheckpointError(file: header.file, place: .tensor(range.name), problem: problem, remedy: remedy)
            }
            guard range.begin == next else {
                throw failure(
                    "its data begin at \(range.begin), but the tensor before ends at \(next); there must be neither gap "
                        + "nor overlap")
            }
            guard let bytes = data.slice(at: range.begin, count: range.end - range.begin) else {
                throw failure("its data end at \(range.end), but the file has only \(data.count)", Remedy.incomplete)
            }
            do {
                tensors.append(
                    try SafetensorsTensor(name: range.name, type: range.type, shape: range.shape, bytes: bytes))
            } catch { throw failure("\(error)") }
            next = range.end
        }
        guard next == data.count else {
            throw CheckpointError(
                file: header.file, place: .byte(dataStart + next),
                problem: "\(data.count - next) bytes follow after the last tensor",
                remedy: "The file was joined with something else, perhaps by a resumed download: download it again.")
        }
        return tensors
    }

    private static func range(_ name: String, _ header: JSONObject, takesIntegers: Bool) throws -> Range {
        func failure(_ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
            CheckpointError(file: header.file, place: .tensor(name), problem: problem, remedy: remedy)
        }
        guard !name.isEmpty else { throw failure("a tensor has no name") }
        let entry = try header.required(name, header.object(name))
        let unknown = Set(entry.members.keys).subtracting(["dtype", "shape", "data_offsets"])
        if let key = unknown.min() { throw failure("its entry has the unknown key \(quoted(key))") }
        let dtype = try entry.required("dtype", entry.string("dtype"))
        guard let type = SafetensorsType(rawValue: dtype), takesIntegers || type.format != nil else {
            throw failure(
                "its numbers are of the type \(quoted(dtype)), which is not supported",
                "Get the model in F32, F16 or BF16, or as a GGUF file.")
        }
        let shape = try list("shape", entry)
        var count = 1
        for dimension in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { throw failure("its shape \(shape) is impossible") }
            count = product
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        let offsets = try list("data_offsets", entry)
        guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0] else {
            throw failure("its data_offsets \(offsets) are no range")
        }
        guard !overflow, offsets[1] - offsets[0] == size else {
            throw failure(
                "its shape \(shape) in \(dtype) needs \(overflow ? "more than 2^63" : String(size)) bytes, but its "
                    + "data_offsets span \(offsets[1] - offsets[0])")
        }
        // A number by itself is a vector of one.
        return Range(name: name, type: type, shape: shape.isEmpty ? [1] : shape, begin: offsets[0], end: offsets[1])
    }

    private static func list(_ key: String, _ entry: JSONObject) throws -> [Int] {
        guard case .array? = entry.members[key] else { throw entry.failure(key, "an array of whole numbers is needed") }
        return try entry.required(key, entry.integers(key))
    }
}
