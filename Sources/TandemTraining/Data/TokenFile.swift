import TandemMath

/// A file of tokens in documents, with a mark on those that are to be learnt: mapped, never read whole.
///
/// Integers are little-endian. The numbers that are known last stand last, so that a writer needs no second pass.
///
///     0    magic "TANDEMTK", version 1 (4 bytes), bytes per token: 2 or 4 (4 bytes)
///     16   tokens of all documents, one after the other; then zeros up to a multiple of 8
///          marks, one bit a token (lowest bit first); then zeros up to a multiple of 8
///          where each document begins, 8 bytes each, and where the last one ends
///     end − 104   tokenizer fingerprint, 64 bytes, zeros behind it
///     end − 40    number of tokens, of documents, of the vocabulary: 8 bytes each
///     end − 16    version 1 (8 bytes), magic "TKEND" and zeros
public struct TokenFile: Sendable {
    static let kind = DataFile.Kind("token file", magic: "TANDEMTK", endMagic: "TKEND")
    static let trailerSize = 104

    /// Where the file is.
    public var path: String { file.path }
    /// All tokens of all documents.
    public let tokenCount: Int
    /// Documents.
    public let documentCount: Int
    /// Tokens are below this.
    public let vocabularyCount: Int
    /// The tokenizer that made the tokens.
    public let tokenizerFingerprint: String
    private let file: DataFile
    private let tokenWidth: Int
    private let marksOffset: Int
    private let startsOffset: Int

    /// Opens and checks a file.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names the file and what is wrong with it.
    public init(path: String) throws {
        file = try DataFile(path: path, kind: Self.kind, trailerSize: Self.trailerSize)
        tokenWidth = file.width
        guard tokenWidth == 2 || tokenWidth == 4 else { throw file.damaged("tokens cannot have \(tokenWidth) bytes") }
        tokenCount = try file.count(beforeEnd: 40)
        documentCount = try file.count(beforeEnd: 32)
        vocabularyCount = try file.count(beforeEnd: 24)
        marksOffset = DataFile.headerSize + padded(tokenCount * tokenWidth)
        startsOffset = marksOffset + padded((tokenCount + 7) / 8)
        let end = file.bytes.count
        guard startsOffset + 8 * (documentCount + 1) + Self.trailerSize == end else {
            throw file.damaged("\(tokenCount) tokens in \(documentCount) documents do not take its \(end) bytes")
        }
        let name = file.bytes.slice(at: end - Self.trailerSize, count: 64)?.array ?? []
        tokenizerFingerprint = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        var last: UInt64 = 0
        for index in 0...documentCount {
            let start = file.bytes.integer(at: startsOffset + 8 * index, as: UInt64.self) ?? .max
            guard start >= last, start <= UInt64(tokenCount), index > 0 || start == 0 else {
                throw file.damaged("document \(index) begins at \(start)")
            }
            last = start
        }
        guard last == UInt64(tokenCount) else { throw file.damaged("the last document ends at \(last)") }
    }

    /// The tokens of a document, counted within the file.
    public func document(_ index: Int) -> Range<Int> {
        precondition(index >= 0 && index < documentCount, "There is no document \(index) among \(documentCount).")
        func start(_ index: Int) -> Int { Int(file.bytes.integer(at: startsOffset + 8 * index, as: UInt64.self) ?? 0) }
        return start(index)..<start(index + 1)
    }

    /// A copy of some tokens.
    ///
    /// - Throws: ``TrainingError`` if one of them is not in the vocabulary.
    public func tokens(_ range: Range<Int>) throws -> [Int] {
        precondition(range.lowerBound >= 0 && range.upperBound <= tokenCount, "Tokens \(range) are not all there.")
        let offset = DataFile.headerSize + range.lowerBound * tokenWidth
        let tokens: [Int] =
            tokenWidth == 2
            ? (file.bytes.integers(at: offset, count: range.count, as: UInt16.self) ?? []).map(Int.init)
            : (file.bytes.integers(at: offset, count: range.count, as: UInt32.self) ?? []).map(Int.init)
        if let strange = tokens.firstIndex(where: { $0 >= vocabularyCount }) {
            throw TrainingError(
                "\(path) holds token \(tokens[strange]) at \(range.lowerBound + strange), but its vocabulary has "
                    + "\(vocabularyCount). Make it anew.")
        }
        return tokens
    }

    /// Whether each of some tokens is to be learnt.
    public func marks(_ range: Range<Int>) -> [Bool] {
        precondition(range.lowerBound >= 0 && range.upperBound <= tokenCount, "Tokens \(range) are not all there.")
        guard !range.isEmpty else { return [] }
        let first = range.lowerBound / 8
        let marks = file.bytes.slice(at: marksOffset + first, count: (range.upperBound + 7) / 8 - first)?.array ?? []
        return range.map { marks[$0 / 8 - first] >> UInt8($0 % 8) & 1 == 1 }
    }

    /// Checks that the tokens are those of `fingerprint`.
    ///
    /// - Throws: ``TrainingError`` that names both tokenizers.
    public func requireTokenizer(_ fingerprint: String) throws {
        guard tokenizerFingerprint == fingerprint else {
            throw TrainingError(
                "\(path) was made with tokenizer \(tokenizerFingerprint), but the large model has \(fingerprint). Make it "
                    + "anew with this model's tokenizer.")
        }
    }
}

/// Writes a ``TokenFile``, document by document. It appears under its name when it is finished.
public final class TokenFileWriter {
    private let file: ReplacementFile
    private let vocabularyCount: Int
    private let fingerprint: [UInt8]
    private let tokenWidth: Int
    private var buffer: [UInt8] = []
    private var marks: [UInt8] = []
    private var starts: [UInt64] = [0]
    private var tokenCount = 0

    /// Begins a file for tokens below `vocabularyCount`.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` if the file cannot be.
    public init(path: String, vocabularyCount: Int, tokenizerFingerprint: String) throws {
        guard vocabularyCount > 0, vocabularyCount <= Int(UInt32.max) else {
            throw TrainingError("A vocabulary of \(vocabularyCount) tokens does not fit a token file.")
        }
        let fingerprint = [UInt8](tokenizerFingerprint.utf8)
        guard fingerprint.count <= 64, !fingerprint.contains(0) else {
            throw TrainingError("The tokenizer's fingerprint \(tokenizerFingerprint) is longer than 64 bytes.")
        }
        self.vocabularyCount = vocabularyCount
        self.fingerprint = fingerprint
        tokenWidth = vocabularyCount <= 1 << 16 ? 2 : 4
        file = try ReplacementFile(path: path)
        try file.write(TokenFile.kind.header(width: tokenWidth))
    }

    /// Appends a document.
    ///
    /// - Parameters:
    ///   - tokens: The document.
    ///   - marks: Which tokens are to be learnt; nil for all.
    /// - Throws: ``TrainingError`` if a token is not in the vocabulary.
    public func append(_ tokens: [Int], marks: [Bool]? = nil) throws {
        precondition(marks.map { $0.count == tokens.count } ?? true, "Every token needs a mark.")
        for (index, token) in tokens.enumerated() {
            guard token >= 0, token < vocabularyCount else {
                throw TrainingError("Token \(token) of a document is not in a vocabulary of \(vocabularyCount).")
            }
            if tokenWidth == 2 { buffer += UInt16(token).bytes } else { buffer += UInt32(token).bytes }
            if tokenCount % 8 == 0 { self.marks.append(0) }
            if marks?[index] ?? true { self.marks[tokenCount / 8] |= 1 << UInt8(tokenCount % 8) }
            tokenCount += 1
        }
        starts.append(UInt64(tokenCount))
        if buffer.count >= 1 << 20 { try flush() }
    }

    /// Ends the file and gives it its name.
    public func finish() throws {
        try flush()
        try file.write(zeros(tokenCount * tokenWidth))
        try file.write(marks + zeros(marks.count))
        try file.write(starts.flatMap(\.bytes))
        let name = fingerprint + [UInt8](repeating: 0, count: 64 - fingerprint.count)
        try file.write(name + TokenFile.kind.trailer([tokenCount, starts.count - 1, vocabularyCount]))
        try file.commit()
    }

    private func flush() throws {
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: padded(count) - count) }
}
