import TandemMath

/// A file with the large model's likeliest tokens wherever a token of a ``TokenFile`` is marked: what it said about that
/// token before it saw it. Mapped, never read whole.
///
/// Positions that predict nothing that is to be learnt (the prompts) have no row: row *r* belongs to the *r*-th marked
/// token.
///
///     0    magic "TANDEMTP", version 1 (4 bytes), bytes per token: 2 or 4 (4 bytes)
///     16   for each marked token: K tokens, likeliest first, then their log-probabilities as 32-bit floats
///     end − 40   number of rows, K, number of tokens of the vocabulary: 8 bytes each
///     end − 16   version 1 (8 bytes), magic "TPEND" and zeros
struct TopTokenFile: Sendable {
    static let kind = DataFile.Kind("file of likeliest tokens", magic: "TANDEMTP", endMagic: "TPEND")
    static let trailerSize = 40

    /// Tokens of a row.
    let topCount: Int
    /// Length of the file.
    var byteCount: Int { file.bytes.count }
    private let file: DataFile
    private let vocabularyCount: Int
    /// How many tokens are marked before every 512th.
    private let markedCounts: [Int]
    private let tokens: TokenFile
    private static let stride = 512

    /// Opens and checks the file beside `tokens`.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names the file and what is wrong with it.
    init(path: String, tokens: TokenFile) throws {
        file = try DataFile(path: path, kind: Self.kind, trailerSize: Self.trailerSize)
        self.tokens = tokens
        let rowCount = try file.count(beforeEnd: 40)
        topCount = try file.count(beforeEnd: 32)
        vocabularyCount = try file.count(beforeEnd: 24)
        guard file.width == 2 || file.width == 4 else {
            throw file.damaged("tokens cannot have \(file.width) bytes")
        }
        guard rowCount <= file.bytes.count, (1...65_536).contains(topCount), vocabularyCount == tokens.vocabularyCount
        else {
            throw file.damaged("\(rowCount) times \(topCount) of \(vocabularyCount) tokens do not fit \(tokens.path)")
        }
        guard
            DataFile.headerSize + rowCount * topCount * (file.width + 4) + Self.trailerSize == file.bytes.count
        else {
            throw file.damaged("\(rowCount) rows of \(topCount) tokens do not take its \(file.bytes.count) bytes")
        }
        var counts: [Int] = []
        var count = 0
        for start in Swift.stride(from: 0, to: tokens.tokenCount, by: Self.stride) {
            counts.append(count)
            count += tokens.marks(start..<min(start + Self.stride, tokens.tokenCount)).count { $0 }
        }
        markedCounts = counts
        guard count == rowCount else {
            throw file.damaged("it has \(rowCount) rows, and \(tokens.path) has \(count) marked tokens")
        }
    }

    /// What the large model said about each of some tokens: `topCount` entries for each, those of unmarked ones without
    /// any probability.
    ///
    /// - Throws: ``TrainingError`` if the file holds tokens or probabilities that cannot be.
    func append(
        about range: Range<Int>, toTokens: inout [UInt32], logProbabilities: inout [Float]
    ) throws {
        guard !range.isEmpty else { return }
        let first = range.lowerBound / Self.stride * Self.stride
        let marks = tokens.marks(first..<range.upperBound)
        var row = markedCounts[range.lowerBound / Self.stride]
        for (token, isMarked) in zip(first..<range.upperBound, marks) {
            if token >= range.lowerBound {
                if isMarked {
                    try append(row: row, toTokens: &toTokens, logProbabilities: &logProbabilities)
                } else {
                    toTokens += 0..<UInt32(topCount)
                    logProbabilities += repeatElement(-Float.infinity, count: topCount)
                }
            }
            if isMarked { row += 1 }
        }
    }

    private func append(row: Int, toTokens: inout [UInt32], logProbabilities: inout [Float]) throws {
        let offset = DataFile.headerSize + row * topCount * (file.width + 4)
        let tokens: [UInt32] =
            file.width == 2
            ? (file.bytes.integers(at: offset, count: topCount, as: UInt16.self) ?? []).map(UInt32.init)
            : (file.bytes.integers(at: offset, count: topCount, as: UInt32.self) ?? [])
        let logarithms =
            (file.bytes.integers(at: offset + topCount * file.width, count: topCount, as: UInt32.self) ?? [])
            .map { Float(bitPattern: $0) }
        guard tokens.allSatisfy({ $0 < vocabularyCount }), logarithms.allSatisfy({ $0 <= 0 }) else {
            throw file.damaged("row \(row) holds a token or a probability that cannot be")
        }
        toTokens += tokens
        logProbabilities += logarithms
    }
}

/// Writes a ``TopTokenFile``. It appears under its name when it is finished.
final class TopTokenFileWriter {
    private let file: ReplacementFile
    private let topCount: Int
    private let vocabularyCount: Int
    private let width: Int
    private var buffer: [UInt8] = []
    private var rowCount = 0

    init(path: String, topCount: Int, vocabularyCount: Int) throws {
        precondition(topCount > 0 && topCount <= vocabularyCount, "There are no \(topCount) likeliest tokens.")
        self.topCount = topCount
        self.vocabularyCount = vocabularyCount
        width = vocabularyCount <= 1 << 16 ? 2 : 4
        file = try ReplacementFile(path: path)
        try file.write(TopTokenFile.kind.header(width: width))
    }

    /// Appends what is said about the next marked tokens.
    func append(_ top: TopTokens) throws {
        precondition(top.count == topCount, "Rows of \(top.count) tokens do not go into a file of \(topCount).")
        for row in 0..<top.positionCount {
            let range = row * topCount..<(row + 1) * topCount
            for token in top.tokens[range] {
                precondition(token < vocabularyCount, "There is no token \(token).")
                if width == 2 { buffer += UInt16(token).bytes } else { buffer += token.bytes }
            }
            for logarithm in top.logProbabilities[range] { buffer += logarithm.bitPattern.bytes }
        }
        rowCount += top.positionCount
        guard buffer.count >= 1 << 20 else { return }
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Ends the file and gives it its name.
    func finish() throws {
        try file.write(buffer)
        try file.write(TopTokenFile.kind.trailer([rowCount, topCount, vocabularyCount]))
        try file.commit()
    }
}
