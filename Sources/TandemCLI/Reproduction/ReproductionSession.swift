import Foundation
import Tandem
import TandemCheckpoint
import TandemHub
import TandemJSON
import TandemMath
import TandemModels
import TandemReport
import TandemText
import TandemTraining

/// Everything that one call of `tandem reproduce table1` puts together.
struct ReproductionSession: Sendable {
    private let command: ReproduceTable1Command
    private let material: ReproductionMaterial
    private let settings: Table1Settings
    private let record: RunRecord
    private let pool: ComputePool
    private let display: ReproductionDisplay

    init(_ command: ReproduceTable1Command) async throws {
        self.command = command
        pool = ComputePool(threadCount: command.threads.count)
        display = ReproductionDisplay(isQuiet: command.printing.quiet)
        var settings = Table1Settings(budget: command.budget)
        if let seeds = command.seeds { settings.seeds = (1...UInt64(seeds)).map { $0 } }
        if let steps = command.steps { settings.stepCount = steps }
        if let layers = command.layers { settings.layerCount = layers }
        try FileManager.default.createDirectory(atPath: command.output, withIntermediateDirectories: true)
        material = try await ReproductionMaterial(command, settings: settings, pool: pool, display: display)
        // States that are stored save the large model's part of every step.
        let states = try settings.configuration(
            of: .tandemDistilled, beside: material.large.configuration, draftTokens: nil
        ).capturedStates
        if states.isSubset(of: material.data.hasStates), material.data.topCount != nil { settings.states = .stored }
        self.settings = settings
        let identity = material.identity
        record = RunRecord(
            command: ["tandem"] + CommandLine.arguments.dropFirst(), version: ProgramVersion.current,
            startTime: Date().formatted(.iso8601),
            seeds: Dictionary(uniqueKeysWithValues: settings.seeds.map { ("run \($0)", $0) }),
            inputs: identity.contentHash.map {
                [.init(role: "large model", name: identity.name, hash: $0)]
            } ?? [], machine: ["system": ProcessInfo.processInfo.operatingSystemVersionString], rankCount: 1)
    }

    /// Trains and evaluates all models.
    func run() throws -> Table1Result {
        defer { display.end() }
        let reproduction = Table1Reproduction(
            large: material.large, named: material.identity.name, data: material.data, documents: material.documents,
            heldOut: (material.heldOutData, material.heldOutDocuments), tests: material.tests, settings: settings,
            folder: command.output, record: record, pool: pool)
        return try reproduction.run { event in
            try Task.checkCancellation()
            display.show(event, stepCount: settings.stepCount)
            if case .trained(let arm, let seed, let trainer) = event { try writeBundle(of: arm, seed: seed, trainer) }
        }
    }

    private func writeBundle(of arm: Table1Arm, seed: UInt64, _ trainer: Trainer) throws {
        let folder = command.output + "/bundles"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var contents = BundleContents(
            name: "\(arm.title) for \(material.identity.name), seed \(seed)", configuration: trainer.configuration,
            weights: trainer.averagedWeights, storage: .bfloat16, large: material.identity,
            tokenizerFingerprint: material.tokenizerFingerprint)
        contents.record = try JSONValue(parsing: [UInt8](JSONEncoder().encode(record)))
        try TandemBundle.write(contents, to: "\(folder)/\(arm.rawValue)-\(seed)")
    }

    /// Writes the result in full, as Markdown and as a page.
    func write(_ result: Table1Result) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let page = Table1Page(result, command: record.command)
        for (name, bytes) in [
            ("result.json", [UInt8](try encoder.encode(result))), ("table1.md", Array(page.markdown.utf8)),
            ("table1.html", Array(page.report.html.utf8)),
        ] {
            let file = try ReplacementFile(path: command.output + "/" + name)
            try file.write(bytes)
            try file.commit()
        }
    }
}
