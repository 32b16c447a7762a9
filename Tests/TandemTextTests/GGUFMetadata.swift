import Foundation
import TandemText

/// As much of a GGUF reader as it takes to get at a vocabulary: a second opinion beside the package's own reader, and
/// without a dependency on it. Trusts the file.
struct GGUFMetadata {
    private var bytes: [UInt8]
    private var position = 8
    private var numbers: [String: Int] = [:]
    private var strings: [String: String] = [:]
    private var tables: [String: StringTable] = [:]
    private var integers: [String: [Int32]] = [:]
    private var floats: [String: [Float]] = [:]

    init(path: String) throws {
        bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped).prefix(16 << 20))
        _ = integer(8)
        for _ in 0..<integer(8) {
            let key = String(decoding: string(), as: UTF8.self)
            let type = integer(4)
            switch type {
            case 8: strings[key] = String(decoding: string(), as: UTF8.self)
            case 9:
                let element = integer(4)
                let count = integer(8)
                switch element {
                case 8:
                    var table = StringTable()
                    for _ in 0..<count { table.append(string()) }
                    tables[key] = table
                case 6: floats[key] = (0..<count).map { _ in Float(bitPattern: UInt32(integer(4))) }
                case 5: integers[key] = (0..<count).map { _ in Int32(bitPattern: UInt32(integer(4))) }
                default: position += count * Self.width(element)
                }
            default: numbers[key] = integer(Self.width(type))
            }
        }
    }

    var vocabulary: GGUFVocabulary {
        var result = GGUFVocabulary(
            model: strings["tokenizer.ggml.model"] ?? "", tokens: tables["tokenizer.ggml.tokens"] ?? StringTable())
        result.preTokenizer = strings["tokenizer.ggml.pre"]
        result.tokenTypes = integers["tokenizer.ggml.token_type"]
        result.scores = floats["tokenizer.ggml.scores"]
        result.merges = tables["tokenizer.ggml.merges"]
        result.beginningOfText = numbers["tokenizer.ggml.bos_token_id"]
        result.endOfText = numbers["tokenizer.ggml.eos_token_id"]
        result.unknown = numbers["tokenizer.ggml.unknown_token_id"]
        result.addsBeginningOfText = numbers["tokenizer.ggml.add_bos_token"].map { $0 != 0 }
        result.addsSpacePrefix = numbers["tokenizer.ggml.add_space_prefix"].map { $0 != 0 }
        return result
    }

    private static func width(_ type: Int) -> Int {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        default: 8
        }
    }

    private mutating func integer(_ width: Int) -> Int {
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        position += width
        return Int(truncatingIfNeeded: value)
    }

    private mutating func string() -> ArraySlice<UInt8> {
        let count = integer(8)
        defer { position += count }
        return bytes[position..<position + count]
    }
}
