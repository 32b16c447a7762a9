import Foundation
public import TandemMath

/// Everything that a run learns from, as one row of tokens: token files, or the shards that `tandem distill` has written, one
/// after another.
///
/// A shard is a token file and, beside it under the same name, what the large model said (`.top`) and its hidden states
/// (`.states`):
///
///     let data = try TrainingData(paths: ["answers"])        // a folder of shards
///     let document = data.document(0)
///     try data.tokens(document)                              // prompt and answer
///     try data.topTokens(document)?.tokens                   // what the large model expected after each
///
/// Tokens, documents and positions are counted over all files, in the order of the paths; files of a folder in the
/// order of their names. No document lies in two files.
public struct TrainingData: Sendable {
    private struct Part: Sendable {
        var tokens: TokenFile
        var top: TopTokenFile?
        var states: StateFile?
        var firstToken: Int
        var firstDocument: Int
    }

    /// What it was opened as, for messages.
    public let name: String
    /// All tokens of all documents.
    public let tokenCount: Int
    /// Documents.
    public let documentCount: Int
    /// Tokens are below this.
    public let vocabularyCount: Int
    /// The tokenizer that made the tokens.
    public let tokenizerFingerprint: String
    /// How many of the large model's likeliest tokens are known at each position that predicts a marked token; nil
    /// unless every file has them.
    public let topCount: Int?
    /// Which of the large model's hidden states are stored, with every file.
    public let hasStates: Set<Int>
    private let parts: [Part]

    /// Opens folders of shards and token files.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names a file that is damaged, missing, or not of a kind with
    ///   the others.
    public init(paths: [String]) throws {
        var files: [TokenFile] = []
        for path in paths {
            let kind = try? URL(fileURLWithPath: path).resolvingSymlinksInPath().resourceValues(forKeys: [
                .isDirectoryKey
            ])
            guard kind?.isDirectory == true else {
                files.append(try TokenFile(path: path))
                continue
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(Self.suffix) }
            guard !names.isEmpty else {
                throw TrainingError("\(path) has no shards: no file in it ends in \(Self.suffix). Is it finished?")
            }
            for name in names.sorted() { files.append(try TokenFile(path: path + "/" + name)) }
        }
        try self.init(files)
    }

    /// One token file, without anything beside it.
    public init(_ file: TokenFile) {
        self.init(
            [Part(tokens: file, firstToken: 0, firstDocument: 0)], vocabularyCount: file.vocabularyCount,
            tokenizerFingerprint: file.tokenizerFingerprint, topCount: nil, hasStates: [])
    }

    /// Token files with what lies beside them.
    private init(_ files: [TokenFile]) throws {
        guard let first = files.first else { throw TrainingError("There is nothing to learn from: name a file.") }
        var parts: [Part] = []
        var (tokenCount, documentCount) = (0, 0)
        for file in files {
            guard
                file.vocabularyCount == first.vocabularyCount, file.tokenizerFingerprint == first.tokenizerFingerprint
            else {
                throw TrainingError(
                    "\(first.path) and \(file.path) were made with different tokenizers. Make one of them anew.")
            }
            var part = Part(tokens: file, firstToken: tokenCount, firstDocument: documentCount)
            if let path = Self.companion(of: file, suffix: ".top") {
                part.top = try TopTokenFile(path: path, tokens: file)
            }
            if let path = Self.companion(of: file, suffix: ".states") {
                part.states = try StateFile(path: path, tokens: file)
            }
            parts.append(part)
            tokenCount += file.tokenCount
            documentCount += file.documentCount
        }
        let topCounts = Set(parts.map { $0.top?.topCount })
        if topCounts.subtracting([nil]).count > 1 {
            throw TrainingError(
                "The files keep different numbers of likeliest tokens: "
                    + topCounts.compactMap { $0 }.sorted().map(String.init).joined(separator: " and ")
                    + ". Use one kind.")
        }
        let states = parts.map { Set($0.states?.states ?? []) }
        self.init(
            parts, vocabularyCount: first.vocabularyCount, tokenizerFingerprint: first.tokenizerFingerprint,
            topCount: topCounts.contains(nil) ? nil : topCounts.first ?? nil,
            hasStates: states.dropFirst().reduce(states[0]) { $0.intersection($1) })
    }

    private init(
        _ parts: [Part], vocabularyCount: Int, tokenizerFingerprint: String, topCount: Int?, hasStates: Set<Int>
    ) {
        self.parts = parts
        name = parts.map(\.tokens.path).prefix(2).joined(separator: ", ") + (parts.count > 2 ? " …" : "")
        tokenCount = parts.reduce(0) { $0 + $1.tokens.tokenCount }
        documentCount = parts.reduce(0) { $0 + $1.tokens.documentCount }
        self.vocabularyCount = vocabularyCount
        self.tokenizerFingerprint = tokenizerFingerprint
        self.topCount = topCount
        self.hasStates = hasStates
    }

    /// How the name of a shard's token file ends.
    static let suffix = ".tokens"

    private static func companion(of file: TokenFile, suffix: String) -> String? {
        guard file.path.hasSuffix(Self.suffix) else { return nil }
        let path = String(file.path.dropLast(Self.suffix.count)) + suffix
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    // MARK: What is there

    /// A token file, and how long what lies beside it is.
    struct Files {
        let path: String
        let topByteCount: Int?
        let stateByteCount: Int?
    }

    /// The files, in their order.
    var files: [Files] {
        parts.map {
            Files(path: $0.tokens.path, topByteCount: $0.top?.byteCount, stateByteCount: $0.states?.byteCount)
        }
    }

    /// The tokens of a document, counted over all files.
    public func document(_ index: Int) -> Range<Int> {
        precondition(index >= 0 && index < documentCount, "There is no document \(index) among \(documentCount).")
        let part = parts[last { $0.firstDocument <= index }]
        let range = part.tokens.document(index - part.firstDocument)
        return range.lowerBound + part.firstToken..<range.upperBound + part.firstToken
    }

    /// A copy of some tokens.
    ///
    /// - Throws: ``TrainingError`` if one of them is not in the vocabulary.
    public func tokens(_ range: Range<Int>) throws -> [Int] {
        var result: [Int] = []
        for (part, range) in pieces(range) { result += try part.tokens.tokens(range) }
        return result
    }

    /// Whether each of some tokens is to be learnt.
    public func marks(_ range: Range<Int>) -> [Bool] {
        var result: [Bool] = []
        for (part, range) in pieces(range) { result += part.tokens.marks(range) }
        return result
    }

    /// What the large model expected after each of some tokens; nil if that was not stored.
    ///
    /// Positions whose next token is not marked, and the last one of a file, get tokens without any probability: they have no
    /// weight in a loss.
    ///
    /// - Throws: ``TrainingError`` if the file holds tokens or probabilities that cannot be.
    public func topTokens(_ range: Range<Int>) throws -> TopTokens? {
        guard let topCount else { return nil }
        var (tokens, logProbabilities): ([UInt32], [Float]) = ([], [])
        tokens.reserveCapacity(range.count * topCount)
        logProbabilities.reserveCapacity(range.count * topCount)
        for (part, range) in pieces(range) {
            let next = range.lowerBound + 1..<min(range.upperBound, part.tokens.tokenCount - 1) + 1
            try part.top?.append(about: next, toTokens: &tokens, logProbabilities: &logProbabilities)
            if next.count < range.count {
                tokens += 0..<UInt32(topCount)
                logProbabilities += repeatElement(-Float.infinity, count: topCount)
            }
        }
        return TopTokens(count: topCount, tokens: tokens, logProbabilities: logProbabilities)
    }

    /// Copies a hidden state of the large model at some tokens, normalised to a root mean square of 1, into as many rows
    /// of `matrix` from `row` on. At a document's last token there is none: zeros.
    ///
    /// - Throws: ``TrainingError`` if that state was not stored.
    public func states(_ range: Range<Int>, state: Int, into matrix: Matrix, at row: Int = 0) throws {
        precondition(row >= 0 && row + range.count <= matrix.rows, "\(range.count) states do not fit at row \(row).")
        var row = row
        for (part, range) in pieces(range) {
            guard let states = part.states else {
                throw TrainingError(
                    "\(part.tokens.path) has no hidden states beside it; store them with `tandem distill --states store`, "
                        + "or train with `--states recompute`.")
            }
            guard states.width == matrix.columns else {
                throw TrainingError(
                    "The hidden states beside \(part.tokens.path) have \(states.width) numbers, and \(matrix.columns) are "
                        + "asked for: they are another model's.")
            }
            try states.copy(range, state: state, into: matrix, at: row)
            row += range.count
        }
    }

    /// Checks that the tokens are those of `fingerprint`.
    ///
    /// - Throws: ``TrainingError`` that names both tokenizers.
    public func requireTokenizer(_ fingerprint: String) throws {
        try parts.first?.tokens.requireTokenizer(fingerprint)
    }

    /// The files that a range lies in, with its part in each.
    private func pieces(_ range: Range<Int>) -> [(Part, Range<Int>)] {
        precondition(range.lowerBound >= 0 && range.upperBound <= tokenCount, "Tokens \(range) are not all there.")
        var result: [(Part, Range<Int>)] = []
        var start = range.lowerBound
        var index = range.isEmpty ? 0 : last { $0.firstToken <= start }
        while start < range.upperBound {
            let part = parts[index]
            let end = min(range.upperBound, part.firstToken + part.tokens.tokenCount)
            if start < end { result.append((part, start - part.firstToken..<end - part.firstToken)) }
            start = max(start, end)
            index += 1
        }
        return result
    }

    /// The last file for which something holds that holds for the first ones only.
    private func last(where holds: (Part) -> Bool) -> Int {
        var (low, high) = (0, parts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if holds(parts[middle]) { low = middle } else { high = middle }
        }
        return low
    }
}
