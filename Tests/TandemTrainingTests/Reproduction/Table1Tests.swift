import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTestSupport
@testable import TandemTraining
import Testing

/// An evaluation that says nothing but the table's four figures.
private func report(_ figures: Table1Arm.Figures) -> EvaluationReport {
    func estimate(_ value: Double) -> Estimate { Estimate(value: value, error: nil) }
    let prediction = EvaluationReport.Prediction(
        count: 10, accuracy: estimate(figures.accuracy), crossEntropy: estimate(figures.crossEntropy),
        largeCrossEntropy: estimate(1.7), agreement: estimate(figures.agreement),
        overlap: estimate(1 - figures.variation), coupled: nil)
    return EvaluationReport(
        documentCount: 1, greedyDocumentCount: 0, tokenCount: 10, overall: prediction,
        positions: [prediction, prediction], rounds: [],
        coverage: .init(vocabulary: estimate(0.75), withPrompt: estimate(1), withAnswer: estimate(1)),
        large: .init(accuracy: estimate(0.6), crossEntropy: estimate(1.9)))
}

private func result(_ figures: (Table1Arm, UInt64) -> Table1Arm.Figures) -> Table1Result {
    var settings = Table1Settings(budget: .full)
    settings.seeds = [1, 2]
    return Table1Result(
        settings: settings, largeModel: "large", data: "data", tests: ["text"],
        runs: settings.seeds.flatMap { seed in
            Table1Arm.allCases.map { arm in
                Table1Result.Run(
                    arm: arm, seed: seed, parameterCount: 1, curve: [],
                    evaluations: ["text": report(figures(arm, seed))])
            }
        })
}

@Test func `the paper's own numbers are in the paper's order`() {
    let claims = result { arm, _ in arm.paper }.claims(on: "text")
    #expect(claims.count == 7)
    for claim in claims {
        #expect(claim.holds && claim.isOutsideSpread)
        #expect(abs(claim.margin.mean - claim.paperMargin) < 1e-9)
    }
}

@Test func `the large model's cross entropy is over the tokens that the small ones' are over`() throws {
    let table = result { arm, _ in arm.paper }
    #expect(abs(try #require(table.largeCrossEntropy(on: "text")) - 1.7) < 1e-9)
    #expect(abs(try #require(table.excludedShare(on: "text")) - 0.25) < 1e-9)
    #expect(table.largeCrossEntropy(on: "another") == nil && table.excludedShare(on: "another") == nil)
}

@Test func `one seed against the order breaks a claim, and a wide spread makes it doubtful`() throws {
    let broken = result { arm, seed in
        arm == .tandem && seed == 2
            ? .init(accuracy: 0.5, crossEntropy: 3, agreement: 0.8, variation: 0.178) : arm.paper
    }.claims(on: "text")
    #expect(broken.filter { !$0.holds }.count == 3)
    let wide = result { arm, seed in
        var figures = arm.paper
        if arm == .tandemDistilled { figures.variation = seed == 1 ? 0.17 : 0.01 }
        return figures
    }.claims(on: "text")
    let claim = try #require(wide.first { $0.statement.contains("distribution than Tandem-CE") })
    #expect(claim.holds && !claim.isOutsideSpread)
}

@Test func `the tiny language has something to remember and is the same for a seed`() {
    var (first, second, other) = (TinyLanguage(seed: 1), TinyLanguage(seed: 1), TinyLanguage(seed: 2))
    let document = first.document(length: 100)
    #expect(document == second.document(length: 100))
    #expect(document != other.document(length: 100))
    #expect(document != first.document(length: 100))
    #expect(document.count == 100 && document.allSatisfy { (0..<TinyLanguage.vocabularyCount).contains($0) })
}

/// The whole way in miniature: a large model trained and written, small ones trained beside it, evaluated, compared.
@Test func `a reproduction goes on where it was interrupted and comes to the same result`() throws {
    let folder = try TemporaryFolder()
    let pool = ComputePool(threadCount: 1)
    var tiny = TinyLargeModel.Settings()
    (tiny.layerCount, tiny.width, tiny.stepCount, tiny.stepTokenCount, tiny.documentLength) = (2, 64, 2, 64, 32)
    try TinyLargeModel.write(to: folder.file("large.gguf"), settings: tiny, folder: folder.path, pool: pool)
    let large = try LargeModel(CheckpointReader.open(folder.file("large.gguf")), pool: pool)
    var language = TinyLanguage(seed: 3)
    try language.write(documentCount: 8, length: 32, to: folder.file("text.tokens"))
    let data = try TrainingData(paths: [folder.file("text.tokens")])
    var settings = Table1Settings(budget: .smoke)
    (settings.stepCount, settings.stepTokenCount, settings.sequenceLength) = (3, 64, 32)
    (settings.measureStepCount, settings.evaluatedBlockLength) = (2, 2)
    func run(_ name: String, stopAfter limit: Int = .max) throws -> Table1Result {
        let reproduction = Table1Reproduction(
            large: large, named: "tiny", data: data, documents: 0..<6, heldOut: (data, 6..<8),
            tests: [
                .init(name: "text", documents: try EvaluationDocument.documents(of: data, documents: 6..<8))
            ], settings: settings, folder: folder.file(name),
            record: RunRecord(
                command: [], version: "1", startTime: "", seeds: [:], inputs: [], machine: [:], rankCount: 1),
            pool: pool)
        var count = 0
        return try reproduction.run { event in
            guard case .stepped = event else { return }
            count += 1
            if count == limit { throw CancellationError() }
        }
    }
    let whole = try run("whole")
    #expect(whole.runs.map(\.arm) == Table1Arm.allCases)
    #expect(whole.claims(on: "text").count == 7)
    #expect(whole.runs.allSatisfy { $0.curve.map(\.step) == [0, 2, 3] })
    for run in whole.runs { #expect(run.evaluations["text"]?.tokenCount == 62) }
    #expect(throws: CancellationError.self) { try run("broken", stopAfter: 8) }
    let resumed = try run("broken")
    #expect(resumed == whole)
    let decoded = try JSONDecoder().decode(Table1Result.self, from: JSONEncoder().encode(whole))
    #expect(decoded == whole)
}
