import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport

/// A small model without weights: it has part of the large one's tokens, and of these its logits are the large one's,
/// blurred by `error`. On demand it has those of a conversation's text as well, and then nonsense behind them.
final class ScriptedDraftModel: DraftModel {
    let source = DraftSource.scripted
    let headColumns: DraftColumns
    private let tokens: [Int]
    private let addsTokensOfText: Bool
    private let target: ScriptedTarget
    private let error: Float
    private var memories: [Int: (confirmed: [Int], guessed: [Int])] = [:]
    private var nextNumber = 0
    /// How many conversations took part in each pass.
    private(set) var passes: [Int] = []

    init(_ target: ScriptedTarget, tokens: [Int], error: Float, addsTokensOfText: Bool = false) throws {
        self.addsTokensOfText = addsTokensOfText
        self.target = target
        self.tokens = tokens
        self.error = error
        headColumns = DraftColumns(
            try DraftVocabulary(tokens: tokens, vocabularyCount: target.vocabularyCount))
    }

    func open() -> DraftMemory {
        defer { nextNumber += 1 }
        memories[nextNumber] = ([], [])
        return DraftMemory(number: nextNumber)
    }

    /// Tokens beside the model's own, as they came up.
    private func extra(_ memory: DraftMemory) -> [Int32] {
        guard addsTokensOfText, let confirmed = memories[memory.number]?.confirmed else { return [] }
        var extra: [Int32] = []
        for token in confirmed where headColumns.column(of: token) == nil && !extra.contains(Int32(token)) {
            extra.append(Int32(token))
        }
        return extra
    }

    func columns(of memory: DraftMemory) -> DraftColumns { DraftColumns(headColumns, followedBy: extra(memory)) }

    func confirm(_ tokens: [Int], in memory: DraftMemory) {
        memories[memory.number]?.confirmed += tokens
    }

    func begin(_ memories: [DraftMemory]) -> Matrix {
        for memory in memories { self.memories[memory.number]?.guessed = [] }
        return logits(memories)
    }

    func extend(_ memories: [DraftMemory], by tokens: [Int]) -> Matrix {
        for (memory, token) in zip(memories, tokens) {
            self.memories[memory.number]?.guessed.append(token)
        }
        return logits(memories)
    }

    private func logits(_ memories: [DraftMemory]) -> Matrix {
        passes.append(memories.count)
        let rows = memories.map { memory in
            let known = self.memories[memory.number] ?? ([], [])
            return logits(after: known.confirmed + known.guessed, extra: extra(memory))
        }
        let width = (rows.map(\.count).max() ?? 0) + (addsTokensOfText ? 3 : 0)
        return Matrix(
            rows: rows.count, columns: width,
            values: rows.flatMap { $0 + [Float](repeating: .nan, count: width - $0.count) })
    }

    /// The script.
    func logits(after text: [Int], extra: [Int32] = []) -> [Float] {
        let large = target.logits(after: text)
        return (tokens + extra.map { Int($0) }).enumerated().map { column, token in
            large[token] + error * Float((column * 5 + (text.last ?? 0)) % 7 - 3)
        }
    }
}

/// A conversation's part in a ``ScriptedDraftModel``.
final class ScriptedModelDrafter: Drafter {
    let model: ScriptedDraftModel
    let memory: DraftMemory

    init(_ model: ScriptedDraftModel) {
        self.model = model
        memory = model.open()
    }

    func confirm(_ tokens: [Int]) { model.confirm(tokens, in: memory) }

    func draft(_ request: DraftRequest) -> Proposal {
        .pass(of: model, memory: memory, limit: request.limit)
    }
}
