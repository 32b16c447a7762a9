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
        let states = try Self.states(for: settings, material, heldOut: command.heldOut)
        // States that are stored save the large model's part of every step.
        settings.states = states.origin
        if states.hasSome, let complaint = states.complaint {
            command.printing.remark(
                "\(complaint) So the large model reads every text again in every step. \(states.remedy)")
        }
        self.settings = settings
        record = try Self.record(settings, material, heldOut: command.heldOut)
    }

    /// What the models with memory read of the large model's states, and whether all texts bring it.
    private static func states(
        for settings: Table1Settings, _ material: ReproductionMaterial, heldOut: [String]
    ) throws -> StoredStates {
        let configuration = try settings.configuration(
            of: .tandemDistilled, beside: material.large.configuration, draftTokens: nil)
        return StoredStates(
            for: configuration, needsTeacher: true,
            in: heldOut.isEmpty ? [material.data] : [material.data, material.heldOutData])
    }

    private static func record(
        _ settings: Table1Settings, _ material: ReproductionMaterial, heldOut: [String]
    ) throws -> RunRecord {
        let large = material.identity.contentHash.map {
            RunRecord.Input(role: "large model", name: material.identity.name, hash: $0)
        }
        var inputs = [large].compactMap { $0 }
        inputs += try TrainingDataIdentity(of: material.data, role: "data").inputs
        if !heldOut.isEmpty {
            inputs += try TrainingDataIdentity(of: material.heldOutData, role: "held-out data").inputs
        }
        return RunRecord(
            command: ["tandem"] + CommandLine.arguments.dropFirst(), version: ProgramVersion.current,
            startTime: Date().formatted(.iso8601),
            seeds: Dictionary(uniqueKeysWithValues: settings.seeds.map { ("run \($0)", $0) }), inputs: inputs,
            machine: MachineDescription.current.facts, rankCount: 1)
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
        // A run that went on was begun earlier, and its checkpoints know when.
        var record = record
        let checkpoints = try CheckpointFolder(path: "\(command.output)/runs/\(arm.rawValue)-\(seed)/checkpoints")
        if let startTime = try checkpoints.latest()?.state.record.startTime { record.startTime = startTime }
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
