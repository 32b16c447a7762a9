import Testing

@testable import TandemTraining

struct LookupEvaluationTests {
    /// Writes documents of which the last four tokens are marked, each with two likeliest tokens.
    private func data(_ folder: TemporaryFolder, likeliest: [[Int]]) throws -> TrainingData {
        let path = folder.file("shard")
        let tokens = try TokenFileWriter(path: path + ".tokens", vocabularyCount: 30, tokenizerFingerprint: "f")
        let top = try TopTokenFileWriter(path: path + ".top", topCount: 2, vocabularyCount: 30)
        for likeliest in likeliest {
            try tokens.append([1, 2, 3, 4, 1, 2, 3, 4], marks: (0..<8).map { $0 >= 4 })
            try top.append(
                TopTokens(
                    count: 2, tokens: likeliest.flatMap { token -> [UInt32] in [UInt32(token), 29] },
                    logProbabilities: [Float](repeating: -0.7, count: 2 * likeliest.count)))
        }
        try tokens.finish()
        try top.finish()
        return try TrainingData(paths: [path + ".tokens"])
    }

    @Test func `answers are greedy if the likeliest tokens say so`() throws {
        let folder = try TemporaryFolder()
        let data = try data(folder, likeliest: [[1, 2, 3, 4], [1, 2, 3, 5], [6, 2, 3, 4]])
        #expect(try data.documents().map { try data.kind(ofAnswersIn: $0) } == [.greedy, .drawn, .drawn])
        let alone = TrainingData(try TokenFile(path: folder.file("shard.tokens")))
        #expect(try alone.documents().map { try alone.kind(ofAnswersIn: $0) } == [.unknown, .unknown, .unknown])
    }

    @Test func `documents are evenly spread`() throws {
        let folder = try TemporaryFolder()
        let data = try data(folder, likeliest: [[Int]](repeating: [1, 2, 3, 4], count: 10))
        #expect(data.documents(atMost: 5) == [0, 2, 4, 6, 8].map { data.document($0) })
        #expect(data.documents(2..<4) == [2, 3].map { data.document($0) })
        #expect(data.documents(atMost: 99).count == 10 && data.documents(0..<0).isEmpty)
    }

    @Test func `each kind of answers is counted by itself, with errors over documents`() throws {
        var evaluation = LookupEvaluation()
        #expect(evaluation.report.answers.isEmpty)
        let marks = (0..<8).map { $0 >= 4 }
        evaluation.add(EvaluationDocument(tokens: [1, 2, 3, 4, 1, 2, 3, 4], marks: marks), as: .greedy)
        evaluation.add(EvaluationDocument(tokens: [1, 2, 3, 4, 1, 2, 5, 6], marks: marks), as: .greedy)
        evaluation.add(EvaluationDocument(tokens: [1, 2, 3, 4, 5, 6, 7, 8], marks: marks), as: .drawn)
        evaluation.add(EvaluationDocument(tokens: [1, 2], marks: [false, false]), as: .unknown)
        let answers = evaluation.report.answers
        #expect(answers.map(\.kind) == [.greedy, .drawn])
        let greedy = try #require(answers.first)
        #expect(greedy.documentCount == 2 && greedy.tokenCount == 8)
        // After 1 2 in both documents, which goes on in the first alone; after 1 2 3 there.
        #expect(greedy.lengths.map(\.guessCount) == [2, 1, 0, 0, 0, 0] && greedy.overall.guessCount == 3)
        let two = greedy.lengths[0]
        #expect(two.share.value == 0.25 && two.stood?.value == 0.5 && two.stood?.error != nil)
        #expect(abs((two.expected ?? 0) - 0.57) < 1e-6)
        #expect(greedy.lengths[1].stood == Estimate(value: 1, error: nil))
        #expect(greedy.lengths[2].stood == nil && greedy.lengths[2].expected == nil)
        #expect(answers[1].overall.guessCount == 0 && answers[1].overall.share.value == 0)
    }
}
