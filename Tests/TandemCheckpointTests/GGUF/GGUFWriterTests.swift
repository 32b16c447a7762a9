import TandemCheckpoint
import TandemMath
import Testing

struct GGUFWriterTests {
    @Test func `what is written is read again`() throws {
        let directory = try TemporaryDirectory()
        let values: [(String, GGUFValue)] = [
            ("u8", .uint8(255)), ("i8", .int8(-128)), ("u16", .uint16(.max)), ("i16", .int16(.min)),
            ("u32", .uint32(.max)), ("i32", .int32(.min)), ("u64", .uint64(1 << 60)), ("i64", .int64(-5)),
            ("f32", .float32(0.1)), ("f64", .float64(0.1)), ("yes", .bool(true)), ("text", .string("grüße")),
            ("texts", .strings(["", "é"])), ("i32s", .int32s([-1, 2])), ("u32s", .uint32s([3])),
            ("f32s", .float32s([0.5])), ("bools", .bools([true, false])),
        ]
        let tensors = [
            try Quantizer.encode([1, 2, 3], name: "short", shape: [3], as: .float32),
            try Quantizer.encode((0..<128).map { Float($0) }, name: "matrix", shape: [2, 64], as: .q8_0),
            try Quantizer.encode([1, 2, 3, 4, 5, 6], name: "half", shape: [3, 2], as: .bfloat16),
        ]
        var writer = GGUFWriter()
        for (key, value) in values { try writer.add(key, value) }
        for tensor in tensors { try writer.describe(tensor.name, format: tensor.format, shape: tensor.shape) }
        try writer.write(to: directory.file("model.gguf")) { tensors[$0] }

        let file = try GGUFFile(path: directory.file("model.gguf"))
        #expect(file.metadata.keys == values.map(\.0))
        #expect(try file.metadata.integer("u8") == 255 && file.metadata.integer("i8") == -128)
        #expect(try file.metadata.integer("u16") == 65_535 && file.metadata.integer("i16") == -32_768)
        #expect(try file.metadata.integer("u32") == 4_294_967_295)
        #expect(try file.metadata.integer("i32") == -2_147_483_648)
        #expect(try file.metadata.integer("u64") == 1 << 60 && file.metadata.integer("i64") == -5)
        #expect(try file.metadata.float("f32") == Double(Float(0.1)) && file.metadata.float("f64") == 0.1)
        #expect(try file.metadata.bool("yes") && file.metadata.string("text") == "grüße")
        #expect(try file.metadata.strings("texts") == ["", "é"] && file.metadata.integers("i32s") == [-1, 2])
        #expect(try file.metadata.integers("u32s") == [3] && file.metadata.floats("f32s") == [0.5])
        #expect(try file.metadata.bools("bools") == [true, false])
        #expect(file.tensors.map(\.name) == tensors.map(\.name))
        for (read, written) in zip(file.tensors, tensors) {
            #expect(read.format == written.format && read.shape == written.shape)
            #expect(read.bytes.array == written.bytes.array)
        }
        #expect(directory.contents == ["model.gguf"])
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `random files survive the way to disk and back`(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var generator = SplitMix(state: seed)
        let formats = TensorFormat.allCases.filter(\.isEncodable)
        var writer = GGUFWriter()
        var texts: [String: String] = [:]
        for index in 0..<Int.random(in: 0...9, using: &generator) {
            let scalars = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator))
            }
            texts["key.\(index)"] = String(String.UnicodeScalarView(scalars))
            try writer.add("key.\(index)", .string(texts["key.\(index)", default: ""]))
        }
        var tensors: [TensorData] = []
        for index in 0..<Int.random(in: 0...9, using: &generator) {
            let format = formats[Int.random(in: 0..<formats.count, using: &generator)]
            var shape = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                Int.random(in: 1...3, using: &generator)
            }
            shape.append(format.blockLength * Int.random(in: 1...3, using: &generator))
            let numbers = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -2...2, using: &generator) }
            tensors.append(try Quantizer.encode(numbers, name: "tensor.\(index)", shape: shape, as: format))
            try writer.describe("tensor.\(index)", format: format, shape: shape)
        }
        try writer.write(to: directory.file("model.gguf")) { tensors[$0] }
        let file = try GGUFFile(path: directory.file("model.gguf"))
        for (key, text) in texts { #expect(try file.metadata.string(key) == text) }
        #expect(file.metadata.keys.count == texts.count && file.tensors.count == tensors.count)
        for (read, written) in zip(file.tensors, tensors) {
            #expect(read.name == written.name && read.format == written.format && read.shape == written.shape)
            #expect(read.bytes.array == written.bytes.array)
        }
    }

    @Test func `a write that fails leaves the old file and nothing else`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("model.gguf", "old")
        var writer = GGUFWriter()
        try writer.describe("w", format: .float32, shape: [2])
        let wrong = try Quantizer.encode([1], name: "w", shape: [1], as: .float32)
        #expect(throws: CheckpointError.self) { try writer.write(to: directory.file("model.gguf")) { _ in wrong } }
        #expect(directory.contents == ["model.gguf"])
        #expect(try MappedFile(path: directory.file("model.gguf")).bytes.array == Array("old".utf8))
        #expect(throws: MappedFileError.self) {
            try writer.write(to: directory.file("no/such/directory/model.gguf")) { _ in wrong }
        }
    }

    @Test func `keys and descriptions that no reader accepts are refused`() throws {
        var writer = GGUFWriter()
        try writer.add("key", .bool(true))
        #expect(throws: CheckpointError.self) { try writer.add("key", .bool(false)) }
        #expect(throws: CheckpointError.self) { try writer.add("", .bool(false)) }
        #expect(throws: CheckpointError.self) { try writer.add("general.alignment", .uint32(64)) }
        try writer.describe("w", format: .float32, shape: [1])
        #expect(throws: CheckpointError.self) { try writer.describe("w", format: .float32, shape: [1]) }
        #expect(throws: CheckpointError.self) { try writer.describe("x", format: .q8_0, shape: [31]) }
        #expect(throws: CheckpointError.self) { try writer.describe("x", format: .float32, shape: [0]) }
        #expect(throws: CheckpointError.self) { try writer.describe("x", format: .float32, shape: [1, 1, 1, 1, 1]) }
        let long = String(repeating: "x", count: 64)
        #expect(throws: CheckpointError.self) { try writer.describe(long, format: .float32, shape: [1]) }
    }

    @Test func `a file that is cut while it is in use is noticed`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("model.gguf", GGUFRuleTests.good.bytes)
        let file = try GGUFFile(path: path)
        try file.verifyUnchanged()
        // Another file under the name leaves the mapped one whole.
        let replacement = try ReplacementFile(path: path)
        try replacement.write([1, 2, 3])
        try replacement.commit()
        try file.verifyUnchanged()
        // The same file, made longer.
        let grown = try MappedFile(path: path)
        try appendByte(to: path)
        #expect(throws: MappedFileError.self) { try grown.verifyUnchanged() }
    }

    @Test(arguments: [TensorFormat.q8_0, .q4_0, .q4_1, .float16, .float32])
    func `requantising changes matrices and nothing else`(format: TensorFormat) throws {
        let directory = try TemporaryDirectory()
        var raw = RawGGUF()
        raw.add("general.architecture", string: "llama")
        raw.add("general.file_type", uint32: 0)
        raw.add("tokenizer.ggml.tokens", strings: ["a", "b"])
        raw.addTensor("norm", [64])
        raw.addTensor("matrix", [64, 3])
        raw.addTensor("odd", [20, 2])
        for index in raw.tensors.indices {
            raw.tensors[index].bytes = (0..<raw.tensors[index].bytes.count / 4)
                .flatMap { littleEndian((Float($0 * 7 % 19) / 8).bitPattern) }
        }
        let source = try raw.open()
        var steps: [Int] = []
        try source.requantize(to: format, writingTo: directory.file("out.gguf")) { done, _ in steps.append(done) }
        let file = try GGUFFile(path: directory.file("out.gguf"))
        #expect(steps == [1, 2, 3])
        #expect(Set(file.metadata.keys) == Set(source.metadata.keys).union(["general.quantization_version"]))
        #expect(try file.metadata.strings("tokenizer.ggml.tokens") == ["a", "b"])
        #expect(
            try file.metadata.integer("general.file_type")
                == [.q8_0: 7, .q4_0: 2, .q4_1: 3, .float16: 1][format, default: 0])
        let whole = [TensorFormat.float32, .float16].contains(format)
        #expect(file.tensors.map(\.format) == [.float32, format, whole ? format : .float16])
        for (read, original) in zip(file.tensors, source.tensors) {
            #expect(try read.bytes.array == Quantizer.encode(original, as: read.format).bytes.array)
        }
    }

    @Test func `requantising that is stopped leaves the old file and nothing else`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("out.gguf", "old")
        let source = try TinyGGUF.llama().open()
        var steps: [Int] = []
        #expect(throws: CancellationError.self) {
            try source.requantize(to: .float16, writingTo: directory.file("out.gguf")) { done, _ in
                steps.append(done)
                if done == 3 { throw CancellationError() }
            }
        }
        #expect(steps == [1, 2, 3] && directory.contents == ["out.gguf"])
        #expect(try MappedFile(path: directory.file("out.gguf")).bytes.array == Array("old".utf8))
    }

    @Test func `a format that cannot be written is refused before anything is`() throws {
        let directory = try TemporaryDirectory()
        let source = try GGUFRuleTests.good.open()
        #expect(throws: CheckpointError.self) {
            try source.requantize(to: .q4_K, writingTo: directory.file("out.gguf"))
        }
        #expect(directory.contents == [])
    }
}
