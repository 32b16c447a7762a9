import Foundation
import TandemCheckpoint
import TandemJSON
import TandemMath
import TandemModels

/// A bundle that a network of a policy is to be put into.
struct PolicyBundle {
    /// The bundle's folder.
    let path: String
    /// The bundle as it is.
    let bundle: TandemBundle

    /// Opens a bundle, or that of a finished run.
    init(_ argument: String) throws {
        path = try EvaluateDraftingCommand.bundlePath(argument)
        bundle = try TandemBundle(path: path)
        // Said before an hour of work, not after it.
        guard FileManager.default.fileExists(atPath: path + "/config.json") else {
            throw CommandError(
                "\(path) is a bundle in one file, to which nothing can be added. Give the folder that it was exported from, "
                    + "and export it again.")
        }
    }

    /// The small model as it drafts.
    func smallModel(for large: LargeModel, pool: ComputePool) throws -> SmallModel {
        try bundle.smallModel(for: large, form: .packed(bundle.storage.format), pool: pool)
    }

    /// A value as the bundle's documents have it.
    static func json(_ value: some Encodable) throws -> JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try JSONValue(parsing: [UInt8](try encoder.encode(value)))
    }
}
