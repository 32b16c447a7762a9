import Foundation
import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

struct TrainingDataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A document in memory: what the readers must give back.
    private struct Document {
        var tokens: [Int]
        var marks: [Bool]
        var top: TopTokens
        var states: Matrix

        var markedCount: Int { marks.count { $0 } }
    }

    private func documents(_ counts: [Int], topCount: Int, vocabularyCount: Int, seed: UInt64) -> [Document] {
        var generator = SeededGenerator(seed: seed)
        return counts.map { count in
            let marks = (0..<count).map { $0 > 0 && generator.next(in: 0...2) > 0 }
            let rows = marks.count { $0 }
            let top = TopTokens(
                count: topCount,
                tokens: (0..<rows).flatMap { _ in
                    generator.permutation(of: 20).prefix(topCount).map { UInt32($0 * (vocabularyCount / 20)) }
                },
                logProbabilities: (0..<rows * topCount).map { _ in -Float(generator.nextUnit()) })
            // Multiples of 1/64 below 1 are half-precision numbers.
            let numbers = (0..<(count - 1) * 6).map { _ in Float(generator.next(in: -63...63)) / 64 }
            return Document(
                tokens: (0..<count).map { _ in generator.next(in: 0...vocabularyCount - 1) }, marks: marks, top: top,
                states: Matrix(rows: count - 1, columns: 6, values: numbers))
        }
    }

    private func write(_ documents: [Document], to name: String, topCount: Int, vocabularyCount: Int) throws {
        let path = folder.file("shards/" + name)
        try FileManager.default.createDirectory(atPath: folder.file("shards"), withIntermediateDirectories: true)
        let tokens = try TokenFileWriter(
            path: path + ".tokens", vocabularyCount: vocabularyCount, tokenizerFingerprint: "f")
        let top = try TopTokenFileWriter(path: path + ".top", topCount: topCount, vocabularyCount: vocabularyCount)
        let states = try StateFileWriter(path: path + ".states", states: [3, 7], width: 3)
        for document in documents {
            try tokens.append(document.tokens, marks: document.marks)
            try top.append(document.top)
            try states.append(
                (0..<document.states.rows).flatMap(document.states.halfPrecisionBytes),
                tokenCount: document.tokens.count)
        }
        try states.finish()
        try top.finish()
        try tokens.finish()
    }

    @Test func `what lies in the files is told by the tokens, and by the length of what lies beside them`() throws {
        func identity(_ seed: UInt64, topCount: Int = 4) throws -> TrainingDataIdentity {
            try? FileManager.default.removeItem(atPath: folder.file("shards"))
            let documents = documents([5, 9], topCount: topCount, vocabularyCount: 50, seed: seed)
            try write(documents, to: "shard-0", topCount: topCount, vocabularyCount: 50)
            return try TrainingDataIdentity(of: TrainingData(paths: [folder.file("shards")]), role: "data")
        }
        let first = try identity(1)
        #expect(first.inputs.map(\.name) == ["shard-0.tokens"] && first.inputs.map(\.role) == ["data"])
        #expect(try identity(1) == first)
        #expect(try identity(2).hash != first.hash)
        // Without what the large model said, the same tokens teach something else.
        try FileManager.default.removeItem(atPath: folder.file("shards/shard-0.top"))
        let bare = try TrainingDataIdentity(of: TrainingData(paths: [folder.file("shards")]), role: "data")
        #expect(try bare.inputs == identity(2).inputs && bare.hash != identity(2).hash)
    }

    @Test(arguments: [50, 70_000]) func `shards read as one row of tokens`(vocabularyCount: Int) throws {
        let lengths = [[5, 1200, 2], [1], [9, 4]]
        var all: [Document] = []
        for (shard, lengths) in lengths.enumerated() {
            let documents = documents(lengths, topCount: 4, vocabularyCount: vocabularyCount, seed: UInt64(shard) + 1)
            try write(documents, to: "shard-\(shard)", topCount: 4, vocabularyCount: vocabularyCount)
            all += documents
        }
        let data = try TrainingData(paths: [folder.file("shards")])
        #expect(data.documentCount == 6 && data.tokenCount == 1221 && data.topCount == 4 && data.hasStates == [3, 7])
        #expect(try data.tokens(0..<data.tokenCount) == all.flatMap(\.tokens))
        #expect(data.marks(0..<data.tokenCount) == all.flatMap(\.marks))
        for (index, document) in all.enumerated() {
            let range = data.document(index)
            #expect(try data.tokens(range) == document.tokens)
            let top = try #require(try data.topTokens(range))
            var row = 0
            for position in 0..<range.count {
                let entries = position * 4..<position * 4 + 4
                if position + 1 < range.count, document.marks[position + 1] {
                    #expect(Array(top.tokens[entries]) == Array(document.top.tokens[row * 4..<row * 4 + 4]))
                    #expect(
                        Array(top.logProbabilities[entries])
                            == Array(document.top.logProbabilities[row * 4..<row * 4 + 4]))
                    row += 1
                } else if position + 1 < range.count {
                    #expect(top.logProbabilities[entries].allSatisfy { $0 == -.infinity })
                }
            }
            #expect(row == document.markedCount)
            for (place, state) in [3, 7].enumerated() {
                let rows = Matrix(rows: range.count + 1, columns: 3)
                rows.fill(with: 5)
                try data.states(range, state: state, into: rows, at: 1)
                #expect(rows.row(0) == [5, 5, 5] && rows.row(range.count) == [0, 0, 0])
                for position in 0..<range.count - 1 {
                    #expect(rows.row(position + 1) == Array(document.states.row(position)[place * 3..<place * 3 + 3]))
                }
            }
        }
        // Across the border of two files.
        #expect(try data.tokens(1200..<1210) == Array(all.flatMap(\.tokens)[1200..<1210]))
        #expect(try data.topTokens(1200..<1221)?.positionCount == 21)
    }

    @Test func `a sequence has what the large model expected at its positions`() throws {
        let documents = documents([7, 12], topCount: 3, vocabularyCount: 20, seed: 4)
        try write(documents, to: "a", topCount: 3, vocabularyCount: 20)
        let data = try TrainingData(paths: [folder.file("shards")])
        let plan = try SequencePlan(data, settings: .init(sequenceLength: 5, stepTokenCount: 20, seed: 1))
        for piece in plan.pieces {
            let sequence = try TrainingSequence(piece, of: data, step: 0, seed: 1, blocks: .fixed(length: 2))
            let top = try #require(sequence.targets.top)
            for position in sequence.inputs.indices {
                let isTaught = top.logProbabilities[position * 3] > -.infinity
                #expect(isTaught == (sequence.targets.weights[position] > 0))
            }
        }
        // The token file alone is the same text without the rest.
        let alone = try TrainingData(TokenFile(path: folder.file("shards/a.tokens")))
        #expect(alone.topCount == nil && alone.hasStates.isEmpty)
        #expect(try alone.topTokens(0..<5) == nil)
        let matrix = Matrix(rows: 5, columns: 3)
        #expect(throws: TrainingError.self) { try alone.states(0..<5, state: 3, into: matrix) }
        #expect(throws: TrainingError.self) { try data.states(0..<5, state: 4, into: matrix) }
        #expect(throws: TrainingError.self) {
            try data.states(0..<5, state: 3, into: Matrix(rows: 5, columns: 4))
        }
    }

    @Test(arguments: [".top", ".states"]) func `a companion that is damaged anywhere is refused or harmless`(
        suffix: String
    ) throws {
        let documents = documents([5, 3], topCount: 2, vocabularyCount: 20, seed: 4)
        try write(documents, to: "a", topCount: 2, vocabularyCount: 20)
        let path = folder.file("shards/a" + suffix)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try TrainingData(paths: [folder.file("shards")]) }
        }
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0xff
            try changed.write(to: URL(fileURLWithPath: path))
            guard let data = try? TrainingData(paths: [folder.file("shards")]) else { continue }
            _ = try? data.topTokens(0..<data.tokenCount)
            for state in data.hasStates {
                try? data.states(0..<data.tokenCount, state: state, into: Matrix(rows: data.tokenCount, columns: 3))
            }
        }
    }

    @Test func `files that do not belong together are refused`() throws {
        try write(documents([5], topCount: 2, vocabularyCount: 20, seed: 4), to: "a", topCount: 2, vocabularyCount: 20)
        try write(documents([5], topCount: 3, vocabularyCount: 20, seed: 4), to: "b", topCount: 3, vocabularyCount: 20)
        #expect(throws: TrainingError.self) { try TrainingData(paths: [folder.file("shards")]) }
        try write(documents([5], topCount: 2, vocabularyCount: 21, seed: 4), to: "b", topCount: 2, vocabularyCount: 21)
        #expect(throws: TrainingError.self) { try TrainingData(paths: [folder.file("shards")]) }
        try FileManager.default.removeItem(atPath: folder.file("shards/b.tokens"))
        #expect(try TrainingData(paths: [folder.file("shards")]).documentCount == 1)
        #expect(throws: TrainingError.self) { try TrainingData(paths: []) }
        #expect(throws: TrainingError.self) { try TrainingData(paths: [folder.path]) }
    }
}
