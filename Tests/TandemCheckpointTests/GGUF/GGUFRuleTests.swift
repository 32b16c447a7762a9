import TandemCheckpoint
import TandemMath
import Testing

/// One bad file for each rule: the error names the file, the place and what to do.
struct GGUFRuleTests {
    struct BadFile: Sendable, CustomTestStringConvertible {
        let rule: String
        let place: CheckpointError.Place
        let problem: String
        let remedy: String
        let build: @Sendable (inout RawGGUF) -> Void

        init(
            _ rule: String, at place: CheckpointError.Place, _ problem: String, remedy: String = "convert it again",
            _ build: @escaping @Sendable (inout RawGGUF) -> Void
        ) {
            self.rule = rule
            self.place = place
            self.problem = problem
            self.remedy = remedy
            self.build = build
        }

        var testDescription: String { rule }
    }

    /// A small good file: three keys from byte 24 on, two tensors described from byte 168 on (a further key's array would
    /// begin at 185), their data from 256 to 416.
    static var good: RawGGUF {
        var file = RawGGUF()
        file.add("general.architecture", string: "llama")
        file.add("numbers", int32s: [1, -2, 3])
        file.add("texts", strings: ["a", "ü", ""])
        file.addTensor("first", [3, 2])
        file.addTensor("second", [32])
        return file
    }

    static let damaged = "download or convert it again"
    static let again = "download it again"

    static let badFiles: [BadFile] = [
        BadFile("magic", at: .byte(0), "does not begin with", remedy: "Give a GGUF file") {
            $0.magic = Array("GGML".utf8)
        },
        BadFile("version 0", at: .byte(4), "version 0", remedy: "current converter") { $0.version = 0 },
        BadFile("version 1", at: .byte(4), "version 1", remedy: "current converter") { $0.version = 1 },
        BadFile("version 4", at: .byte(4), "version 4", remedy: "Update this program") { $0.version = 4 },
        BadFile("big-endian", at: .byte(4), "big-endian", remedy: "--endian little") { $0.version = 3 << 24 },
        BadFile("negative tensor count", at: .byte(8), "is -1", remedy: damaged) { $0.tensorCount = -1 },
        BadFile("tensor count beyond the file", at: .byte(8), "bytes follow", remedy: again) { $0.tensorCount = .max },
        BadFile("negative key count", at: .byte(16), "is -5", remedy: damaged) { $0.pairCount = -5 },
        BadFile("key count beyond the file", at: .byte(16), "bytes follow", remedy: again) { $0.pairCount = 1 << 40 },
        BadFile("empty key", at: .byte(24), "key is empty", remedy: damaged) { $0.pairs[0].key = [] },
        BadFile("key not UTF-8", at: .byte(24), "not UTF-8", remedy: damaged) { $0.pairs[0].key = [0xFF, 0xFE] },
        BadFile("key too long", at: .byte(24), "longer than 65535", remedy: damaged) {
            $0.pairs[0].key = [UInt8](repeating: 97, count: 65_536)
        },
        BadFile("duplicate key", at: .key("numbers"), "occurs twice", remedy: damaged) {
            $0.add("numbers", uint32: 1)
        },
        BadFile("unknown type", at: .key("x"), "unknown type 13", remedy: damaged) { $0.add("x", 13, [0]) },
        BadFile("unknown element type", at: .key("x"), "unknown type 99", remedy: damaged) {
            $0.add("x", 9, array(of: 99, count: 0, []))
        },
        BadFile("nested array", at: .key("x"), "array of arrays", remedy: damaged) {
            $0.add("x", 9, array(of: 9, count: 1, array(of: 4, count: 0, [])))
        },
        BadFile("truth value", at: .key("x"), "neither 0 nor 1", remedy: damaged) { $0.add("x", 7, [2]) },
        BadFile("truth value in an array", at: .key("x"), "neither 0 nor 1", remedy: damaged) {
            $0.add("x", 9, array(of: 7, count: 3, [0, 1, 3]))
        },
        BadFile("array longer than the file", at: .byte(185), "bytes follow", remedy: again) {
            $0.add("x", 9, littleEndian(UInt32(4)) + littleEndian(UInt64(1 << 29)))
        },
        BadFile("array longer than the limit", at: .byte(185), "at most 1073741824", remedy: damaged) {
            $0.add("x", 9, littleEndian(UInt32(4)) + littleEndian(UInt64(1 << 31)))
        },
        BadFile("array of negative length", at: .byte(185), "is -1", remedy: damaged) {
            $0.add("x", 9, littleEndian(UInt32(4)) + littleEndian(UInt64.max))
        },
        BadFile("string longer than the file", at: .key("x"), "longer than what is left", remedy: again) {
            $0.add("x", 8, littleEndian(UInt64(1 << 62)))
        },
        BadFile("string in an array longer than the file", at: .key("x"), "string 1 of 2", remedy: again) {
            $0.add("x", 9, array(of: 8, count: 2, text("a") + littleEndian(UInt64.max)))
        },
        BadFile("alignment of another type", at: .key("general.alignment"), "uint32 is needed", remedy: damaged) {
            $0.add("general.alignment", 10, littleEndian(UInt64(32)))
        },
        BadFile("alignment 0", at: .key("general.alignment"), "no power of two", remedy: damaged) {
            $0.add("general.alignment", uint32: 0)
        },
        BadFile("alignment 24", at: .key("general.alignment"), "no power of two", remedy: damaged) {
            $0.add("general.alignment", uint32: 24)
        },
        BadFile("tensor name of 64 bytes", at: .byte(168), "64 bytes", remedy: damaged) {
            $0.tensors[0].name = [UInt8](repeating: 97, count: 64)
        },
        BadFile("empty tensor name", at: .byte(168), "0 bytes", remedy: damaged) { $0.tensors[0].name = [] },
        BadFile("tensor name not UTF-8", at: .byte(168), "not UTF-8", remedy: damaged) { $0.tensors[0].name = [0xC0] },
        BadFile("duplicate tensor", at: .tensor("first"), "two tensors", remedy: damaged) {
            $0.tensors[1].name = Array("first".utf8)
        },
        BadFile("no dimensions", at: .tensor("first"), "0 dimensions", remedy: damaged) {
            $0.tensors[0].dimensions = []
        },
        BadFile("five dimensions", at: .tensor("first"), "5 dimensions", remedy: damaged) {
            $0.tensors[0].dimensions = [3, 2, 1, 1, 1]
        },
        BadFile("dimension 0", at: .tensor("first"), "dimensions is 0", remedy: damaged) {
            $0.tensors[0].dimensions = [3, 0]
        },
        BadFile("negative dimension", at: .tensor("first"), "dimensions is -3", remedy: damaged) {
            $0.tensors[0].dimensions = [-3, -2]
        },
        BadFile("number of elements beyond 2^63", at: .tensor("first"), "more than 2^63", remedy: damaged) {
            $0.tensors[0].dimensions = [1 << 32, 1 << 32]
        },
        BadFile("elements that wrap round to few", at: .tensor("first"), "more than 2^63", remedy: damaged) {
            $0.tensors[0].dimensions = [1 << 32, 1 << 31, 2, 3]
        },
        BadFile("bytes beyond 2^63", at: .tensor("first"), "beyond 2^63", remedy: damaged) {
            $0.tensors[0].dimensions = [1 << 31, 1 << 31]
        },
        BadFile("unsupported format", at: .tensor("first"), "IQ4_NL", remedy: "Q4_K") { $0.tensors[0].type = 20 },
        BadFile("unknown format", at: .tensor("first"), "number 4096", remedy: "Q8_0") { $0.tensors[0].type = 4096 },
        BadFile("row of half a block", at: .tensor("first"), "multiple of Q8_0's block of 32", remedy: damaged) {
            $0.tensors[0].type = 8
            $0.tensors[0].dimensions = [48, 2]
        },
        BadFile("gap between tensors", at: .tensor("second"), "begin at 64, but 32", remedy: damaged) {
            $0.tensors[1].offset = 64
        },
        BadFile("overlapping tensors", at: .tensor("second"), "begin at 0, but 32", remedy: damaged) {
            $0.tensors[1].offset = 0
        },
        BadFile("offset near the largest number", at: .tensor("second"), "but 32", remedy: damaged) {
            $0.tensors[1].offset = .max
        },
        BadFile("more data declared than there is", at: .tensor("second"), "reach beyond", remedy: again) {
            $0.tensors[1].dimensions = [33 * 32]
        },
        BadFile("bytes after the last tensor", at: .byte(416), "1 bytes follow", remedy: "download it again") {
            $0.trailing = [0]
        },
    ]

    @Test(arguments: badFiles)
    func `a file that breaks a rule is refused with file, place and remedy`(_ bad: BadFile) throws {
        var file = Self.good
        bad.build(&file)
        let error = try #require(throws: CheckpointError.self) { try file.open() }
        #expect(error.file == "model.gguf")
        #expect(error.place == bad.place)
        #expect(error.problem.contains(bad.problem), "\(error)")
        #expect(error.remedy.contains(bad.remedy), "\(error)")
        #expect(error.description.hasPrefix("model.gguf, ") && error.description.hasSuffix(error.remedy))
    }

    @Test func `the good file that the bad ones are made from is read`() throws {
        let file = try Self.good.open()
        #expect(file.tensors.map(\.name) == ["first", "second"])
        #expect(file.tensors.map(\.shape) == [[2, 3], [32]])
        #expect(file.metadata.keys == ["general.architecture", "numbers", "texts"])
    }

    @Test(arguments: [2, 3] as [UInt32])
    func `versions 2 and 3 are read`(version: UInt32) throws {
        var file = Self.good
        file.version = version
        #expect(try file.open().version == Int(version))
    }

    @Test func `the data of a file without tensors need not be there`() throws {
        var file = RawGGUF()
        file.add("general.architecture", string: "llama")
        #expect(try file.open().tensors.isEmpty)
        #expect(
            try GGUFFile(bytes: MappedBytes(Array(file.bytes.prefix(24 + 8 + 20 + 4 + 8 + 5))), path: "x").tensors
                .isEmpty)
    }

    @Test func `a greater alignment moves the tensors`() throws {
        var file = Self.good
        file.add("general.alignment", uint32: 256)
        file.alignment = 256
        file.tensors[1].bytes = (0..<32).flatMap { littleEndian(Float($0).bitPattern) }
        let read = try file.open()
        #expect(read.alignment == 256)
        #expect(read.tensor(named: "second")?.floats() == (0..<32).map(Float.init))
    }
}
