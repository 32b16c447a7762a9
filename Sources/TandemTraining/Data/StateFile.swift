import TandemMath

/// A file with the large model's hidden states at every token of a ``TokenFile``, normalised to a root mean square of 1
/// and rounded to half precision. Mapped, never read whole.
///
///     0    magic "TANDEMST", version 1 (4 bytes), bytes per number: 2 (4 bytes)
///     16   for each token, for each state: `width` numbers. The last token of a document was never read: zeros
///          which states, 8 bytes each, ascending
///     end − 40   number of tokens, of states, width of a state: 8 bytes each
///     end − 16   version 1 (8 bytes), magic "STEND" and zeros
struct StateFile: Sendable {
    static let kind = DataFile.Kind("file of hidden states", magic: "TANDEMST", endMagic: "STEND")
    static let trailerSize = 40

    /// Which states, as the large model counts them.
    let states: [Int]
    /// Numbers of a state.
    let width: Int
    private let file: DataFile
    /// Length of the file.
    var byteCount: Int { file.bytes.count }

    /// Opens and checks the file beside `tokens`.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names the file and what is wrong with it.
    init(path: String, tokens: TokenFile) throws {
        let file = try DataFile(path: path, kind: Self.kind, trailerSize: Self.trailerSize)
        self.file = file
        let tokenCount = try file.count(beforeEnd: 40)
        let stateCount = try file.count(beforeEnd: 32)
        width = try file.count(beforeEnd: 24)
        guard tokenCount == tokens.tokenCount else {
            throw file.damaged("it has states of \(tokenCount) tokens, and \(tokens.path) has \(tokens.tokenCount)")
        }
        guard file.width == 2, (1...65_536).contains(stateCount), (1...1 << 20).contains(width) else {
            throw file.damaged("\(stateCount) states of \(width) numbers cannot be")
        }
        let (numbers, overflow) = tokenCount.multipliedReportingOverflow(by: 2 * stateCount * width)
        let end = file.bytes.count - Self.trailerSize - 8 * stateCount
        guard !overflow, DataFile.headerSize + numbers == end else {
            throw file.damaged("\(tokenCount) × \(stateCount) states do not take its \(file.bytes.count) bytes")
        }
        let names = file.bytes.integers(at: end, count: stateCount, as: UInt64.self) ?? []
        guard zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }), names.allSatisfy({ $0 < 1 << 16 }) else {
            throw file.damaged("its states have no order")
        }
        states = names.map { Int($0) }
    }

    /// Copies a state at some tokens into as many rows of a matrix.
    func copy(_ range: Range<Int>, state: Int, into matrix: Matrix, at row: Int) throws {
        guard let index = states.firstIndex(of: state) else {
            throw TrainingError("\(file.path) has no hidden state \(state); it has \(states).")
        }
        let stride = 2 * states.count * width
        let offset = DataFile.headerSize + range.lowerBound * stride + 2 * index * width
        for (step, _) in range.enumerated() {
            guard matrix.setRow(row + step, toHalfPrecision: file.bytes, at: offset + step * stride) else {
                throw file.damaged("it ends before token \(range.lowerBound + step)")
            }
        }
    }
}

/// Writes a ``StateFile``. It appears under its name when it is finished.
final class StateFileWriter {
    private let file: ReplacementFile
    private let states: [Int]
    private let width: Int
    private var tokenCount = 0
    private let zeros: [UInt8]

    init(path: String, states: [Int], width: Int) throws {
        precondition(!states.isEmpty && states == states.sorted(), "States to be stored have an order.")
        self.states = states
        self.width = width
        zeros = [UInt8](repeating: 0, count: 2 * states.count * width)
        file = try ReplacementFile(path: path)
        try file.write(StateFile.kind.header(width: 2))
    }

    /// Appends a document: for each token but the last, its states one after another as ``Matrix/halfPrecisionBytes(row:)`` gives
    /// them.
    func append(_ bytes: [UInt8], tokenCount: Int) throws {
        precondition(
            tokenCount > 0 && bytes.count == (tokenCount - 1) * zeros.count, "Every token but the last has its states.")
        try file.write(bytes)
        try file.write(zeros)
        self.tokenCount += tokenCount
    }

    /// Ends the file and gives it its name.
    func finish() throws {
        try file.write(states.flatMap { UInt64($0).bytes })
        try file.write(StateFile.kind.trailer([tokenCount, states.count, width]))
        try file.commit()
    }
}
