import TandemCheckpoint
import TandemMath
import Testing

struct SafetensorsTests {
    private static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        littleEndian(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    private static func entry(_ name: String, _ shape: String, _ offsets: String, _ type: String = "F32") -> String {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(bytes: MappedBytes(bytes), path: "model.safetensors")
    }

    struct BadFile: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let place: CheckpointError.Place
        let problem: String
        let bytes: [UInt8]

        init(_ rule: String, at place: CheckpointError.Place, _ problem: String, _ bytes: [UInt8]) {
            (testDescription, self.place, self.problem, self.bytes) = (rule, place, problem, bytes)
        }
    }

    static let badFiles: [BadFile] = [
        BadFile("no length", at: .byte(0), "ends inside the length", [1, 2, 3]),
        BadFile("header longer than allowed", at: .byte(0), "at most 100000000", file("{}", length: 100_000_001)),
        BadFile("length near the largest number", at: .byte(0), "at most 100000000", file("{}", length: .max)),
        BadFile("header longer than the file", at: .byte(0), "only 2 follow", file("{}", length: 3)),
        BadFile("header that begins with space", at: .byte(8), "with a brace", file(" {}")),
        BadFile("header that is no object", at: .byte(8), "with a brace", file("[]")),
        BadFile("header that is no JSON", at: .byte(9), "a key should stand here", file("{a}")),
        BadFile(
            "header that is no UTF-8", at: .byte(9), "not UTF-8",
            littleEndian(UInt64(7)) + [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x7D]),
        BadFile(
            "duplicate tensor", at: .byte(63), "\"a\" occurs twice",
            file("{" + entry("a", "[1]", "[0,4]") + ", " + entry("a", "[1]", "[4,8]") + "}", data: 8)),
        BadFile("no name", at: .tensor(""), "no name", file("{" + entry("", "[1]", "[0,4]") + "}", data: 4)),
        BadFile(
            "unsupported type", at: .tensor("a"), "\"I64\"",
            file("{" + entry("a", "[1]", "[0,8]", "I64") + "}", data: 8)),
        BadFile("missing type", at: .key("a.dtype"), "missing", file(#"{"a":{"shape":[],"data_offsets":[0,4]}}"#)),
        BadFile("missing shape", at: .key("a.shape"), "array", file(#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#)),
        BadFile("missing offsets", at: .key("a.data_offsets"), "array", file(#"{"a":{"dtype":"F32","shape":[]}}"#)),
        BadFile(
            "unknown key", at: .tensor("a"), "\"x\"",
            file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, data: 4)),
        BadFile("entry that is no object", at: .key("a"), "an object is needed", file(#"{"a":1}"#)),
        BadFile("negative dimension", at: .tensor("a"), "impossible", file("{" + entry("a", "[-1]", "[0,4]") + "}")),
        BadFile(
            "elements beyond 2^63", at: .tensor("a"), "impossible",
            file("{" + entry("a", "[4294967296,4294967296]", "[0,0]") + "}")),
        BadFile(
            "bytes beyond 2^63", at: .tensor("a"), "more than 2^63",
            file("{" + entry("a", "[4611686018427387904]", "[0,0]") + "}")),
        BadFile(
            "dimension beyond all bounds", at: .key("a.shape"), "whole number",
            file("{" + entry("a", "[1e30]", "[0,4]") + "}")),
        BadFile("one offset", at: .tensor("a"), "no range", file("{" + entry("a", "[1]", "[4]") + "}", data: 4)),
        BadFile(
            "offsets in reverse", at: .tensor("a"), "no range", file("{" + entry("a", "[1]", "[4,0]") + "}", data: 4)),
        BadFile(
            "negative offset", at: .tensor("a"), "no range", file("{" + entry("a", "[1]", "[-4,0]") + "}", data: 4)),
        BadFile(
            "range of another size", at: .tensor("a"), "needs 8 bytes",
            file("{" + entry("a", "[2]", "[0,4]") + "}", data: 4)),
        BadFile(
            "range beyond the file", at: .tensor("a"), "has only 4",
            file("{" + entry("a", "[2]", "[0,8]") + "}", data: 4)),
        BadFile(
            "hole", at: .tensor("b"), "neither gap nor overlap",
            file("{" + entry("a", "[1]", "[0,4]") + "," + entry("b", "[1]", "[8,12]") + "}", data: 12)),
        BadFile(
            "overlap", at: .tensor("b"), "neither gap nor overlap",
            file("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[2]", "[4,12]") + "}", data: 12)),
        BadFile(
            "hole at the beginning", at: .tensor("a"), "neither gap",
            file("{" + entry("a", "[1]", "[4,8]") + "}", data: 8)),
        BadFile(
            "bytes at the end", at: .byte(66), "1 bytes follow", file("{" + entry("a", "[1]", "[0,4]") + "}", data: 5)),
        BadFile(
            "metadata that are no texts", at: .key("__metadata__.x"), "a string is needed",
            file(#"{"__metadata__":{"x":1}}"#)),
    ]

    @Test(arguments: badFiles)
    func `a file that breaks a rule is refused with file, place and remedy`(_ bad: BadFile) throws {
        let error = try #require(throws: CheckpointError.self) { try open(bad.bytes) }
        #expect(error.file == "model.safetensors")
        #expect(error.place == bad.place, "\(error)")
        #expect(error.problem.contains(bad.problem), "\(error)")
        #expect(error.remedy.hasSuffix("."))
    }

    @Test func `what is written is read again`() throws {
        let directory = try TemporaryDirectory()
        let tensors = [
            try Quantizer.encode([1, 2, 3, 4, 5, 6], name: "b.weight", shape: [2, 3], as: .float16),
            try Quantizer.encode([0.5], name: "a \"quoted\" \n é", shape: [1], as: .float32),
            try Quantizer.encode([], name: "empty", shape: [0, 3], as: .bfloat16),
            try Quantizer.encode([-1, 8], name: "c", shape: [2], as: .bfloat16),
        ]
        let path = directory.file("model.safetensors")
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt", "x\\": "\u{1}"], to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["format": "pt", "x\\": "\u{1}"])
        for tensor in tensors {
            let read = try #require(file.tensor(named: tensor.name))
            #expect(read.shape == tensor.shape && read.format == tensor.format)
            #expect(read.floats() == tensor.floats())
        }
        #expect(file.tensors.count == 4)
        #expect(directory.contents == ["model.safetensors"])
    }

    @Test func `block formats and names that cannot be stored are refused`() throws {
        let directory = try TemporaryDirectory()
        let block = try Quantizer.encode([Float](repeating: 1, count: 32), name: "w", shape: [32], as: .q8_0)
        let plain = try Quantizer.encode([1], name: "w", shape: [1], as: .float32)
        let reserved = try Quantizer.encode([1], name: "__metadata__", shape: [1], as: .float32)
        for tensors in [[block], [plain, plain], [reserved]] {
            #expect(throws: CheckpointError.self) { try SafetensorsWriter.write(tensors, to: directory.file("x")) }
        }
        #expect(directory.contents == [])
    }

    @Test func `a file that is cut anywhere is refused, and flipped bytes never trap`() throws {
        let whole = Self.file(
            "{\"__metadata__\":{\"a\":\"b\"}," + Self.entry("a", "[2,2]", "[0,16]") + ","
                + Self.entry("b", "[]", "[16,18]", "F16") + "}", data: 18)
        #expect(try open(whole).tensors.map(\.shape) == [[2, 2], [1]])
        for length in 0..<whole.count {
            #expect(throws: CheckpointError.self) { try open(Array(whole.prefix(length))) }
        }
        var generator = SplitMix(state: 11)
        for _ in 0..<3_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] =
                    Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator) : UInt8.random(in: 0x30...0x39, using: &generator)
            }
            _ = try? open(bytes).tensors.map { $0.floats() }
        }
    }
}
