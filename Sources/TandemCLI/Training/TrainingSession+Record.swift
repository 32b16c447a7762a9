import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTraining

/// What is written down of a run: how it came about, and what must be the same for it to go on.
extension TrainingSession {
    /// How the run comes about.
    static func record(
        _ model: TrainingModel, _ material: TrainingMaterial, settings: TrainingOptions, rankCount: Int
    ) -> RunRecord {
        let large = model.identity.contentHash.map {
            RunRecord.Input(role: "large model", name: model.identity.name, hash: $0)
        }
        return RunRecord(
            command: ["tandem"] + CommandLine.arguments.dropFirst(), version: ProgramVersion.current,
            startTime: Date().formatted(.iso8601), seeds: ["run": settings.seed],
            inputs: [large].compactMap { $0 } + material.inputs, machine: MachineDescription.current.facts,
            rankCount: rankCount)
    }

    /// What must be the same besides the trainer's settings: the models and the data, down to its bytes.
    static func facts(
        _ model: TrainingModel, _ material: TrainingMaterial, _ configuration: TandemConfiguration,
        settings: TrainingOptions
    ) throws -> [String: String] {
        [
            "configuration": try digest(of: configuration), "start": settings.start.rawValue,
            "large": model.large.fingerprint, "tokenizer": model.tokenizerFingerprint,
            "data": "\(material.summary), \(material.split.documents)", "data hash": material.identity.hash,
        ]
    }

    private static func digest(of configuration: TandemConfiguration) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var digest = SHA256()
        digest.update(MappedBytes([UInt8](try encoder.encode(configuration))))
        return digest.hexadecimal()
    }
}
