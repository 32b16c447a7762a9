import TandemCheckpoint
import Testing

struct GGUFMetadataTests {
    private func metadata() throws -> GGUFMetadata {
        var file = RawGGUF()
        file.add("u8", 0, [200])
        file.add("i8", 1, [200])
        file.add("u16", 2, littleEndian(UInt16(65_000)))
        file.add("i16", 3, littleEndian(Int16(-5)))
        file.add("u32", 4, littleEndian(UInt32.max))
        file.add("i32", 5, littleEndian(Int32.min))
        file.add("f32", 6, littleEndian(Float(0.1).bitPattern))
        file.add("bool", 7, [1])
        file.add("string", 8, text("grüße"))
        file.add("u64", 10, littleEndian(UInt64(1) << 62))
        file.add("i64", 11, littleEndian(Int64(-7)))
        file.add("f64", 12, littleEndian(0.1.bitPattern))
        file.add("beyond", 10, littleEndian(UInt64.max))
        file.add("strings", strings: ["", "x", "né"])
        file.add("int32s", int32s: [-1, 2])
        file.add("f32s", 9, array(of: 6, count: 2, [0.5, -2].flatMap { littleEndian(Float($0).bitPattern) }))
        file.add("f64s", 9, array(of: 12, count: 1, littleEndian(0.25.bitPattern)))
        file.add("bools", 9, array(of: 7, count: 3, [1, 0, 1]))
        file.add("none", 9, array(of: 8, count: 0, []))
        file.add("bad texts", 9, array(of: 8, count: 2, text("fine") + text([0xFF])))
        file.add("bad text", 8, text([0xC3, 0x28]))
        return try file.open().metadata
    }

    @Test func `every type of value is read`() throws {
        let metadata = try metadata()
        #expect(try metadata.integer("u8") == 200)
        #expect(try metadata.integer("i8") == -56)
        #expect(try metadata.integer("u16") == 65_000)
        #expect(try metadata.integer("i16") == -5)
        #expect(try metadata.integer("u32") == 4_294_967_295)
        #expect(try metadata.integer("i32") == -2_147_483_648)
        #expect(try metadata.float("f32") == Double(Float(0.1)))
        #expect(try metadata.bool("bool"))
        #expect(try metadata.string("string") == "grüße")
        #expect(try metadata.integer("u64") == 1 << 62)
        #expect(try metadata.integer("i64") == -7)
        #expect(try metadata.float("f64") == 0.1)
        #expect(try metadata.strings("strings") == ["", "x", "né"])
        #expect(try metadata.integers("int32s") == [-1, 2])
        #expect(try metadata.floats("f32s") == [0.5, -2])
        #expect(try metadata.floats("f64s") == [0.25])
        #expect(try metadata.bools("bools") == [true, false, true])
        #expect(try metadata.strings("none") == [])
        #expect(metadata.elementCount(of: "strings") == 3)
        #expect(metadata.elementType(of: "strings") == .string)
        #expect(metadata.type(of: "strings") == .array)
    }

    @Test func `a token that converters mark as missing is missing`() throws {
        var file = RawGGUF()
        file.add("token", uint32: 7)
        file.add("unsigned", uint32: .max)
        file.add("signed", 5, littleEndian(Int32(-1)))
        file.add("wide", 11, littleEndian(Int64(-1)))
        file.add("text", string: "7")
        let metadata = try file.open().metadata
        #expect(try metadata.token(ifPresent: "token") == 7)
        for key in ["unsigned", "signed", "wide", "absent"] { #expect(try metadata.token(ifPresent: key) == nil) }
        #expect(throws: CheckpointError.self) { try metadata.token(ifPresent: "text") }
    }

    @Test func `every value has a short form for people`() throws {
        let metadata = try metadata()
        #expect(metadata.summary(of: "i16") == "-5")
        #expect(metadata.summary(of: "f64") == "0.1")
        #expect(metadata.summary(of: "bool") == "true")
        #expect(metadata.summary(of: "string") == "\"grüße\"")
        #expect(metadata.summary(of: "strings") == "3 × string")
        #expect(metadata.summary(of: "bad text") == "its text is not UTF-8")
        #expect(metadata.summary(of: "absent") == nil)
    }

    @Test func `a value of another type is refused with file, key, found and wanted type`() throws {
        let metadata = try metadata()
        let scalar = try #require(throws: CheckpointError.self) { try metadata.string("u32") }
        #expect(scalar.file == "model.gguf" && scalar.place == .key("u32"))
        #expect(scalar.problem == "its value is uint32, where a string is needed")
        let array = try #require(throws: CheckpointError.self) { try metadata.integer("strings") }
        #expect(array.problem == "its value is an array of string, where an integer is needed")
        #expect(throws: CheckpointError.self) { try metadata.floats("int32s") }
        #expect(throws: CheckpointError.self) { try metadata.bool("u8") }
        #expect(throws: CheckpointError.self) { try metadata.strings("string") }
        #expect(throws: CheckpointError.self) { try metadata.string(ifPresent: "u32") }
    }

    @Test func `an absent key is nil or an error, as the caller asks`() throws {
        let metadata = try metadata()
        #expect(try metadata.string(ifPresent: "absent") == nil)
        let error = try #require(throws: CheckpointError.self) { try metadata.string("absent") }
        #expect(error.place == .key("absent") && error.problem == "the key is missing")
    }

    @Test func `integers that no Int holds and text that is not UTF-8 are refused when asked for`() throws {
        let metadata = try metadata()
        #expect(throws: CheckpointError.self) { try metadata.integer("beyond") }
        let error = try #require(throws: CheckpointError.self) { try metadata.strings("bad texts") }
        #expect(error.problem == "string 1 is not UTF-8")
        #expect(throws: CheckpointError.self) { try metadata.string("bad text") }
    }

    @Test func `names from the file cannot write to the terminal`() throws {
        let error = try #require(throws: CheckpointError.self) { try metadata().string("\u{1B}[2J\n") }
        #expect(error.description.contains(#"\u{1b}[2J\u{a}"#))
        #expect(!error.description.contains("\u{1B}"))
    }
}
