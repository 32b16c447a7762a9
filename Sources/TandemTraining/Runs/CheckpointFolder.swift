import Foundation
public import TandemMath

/// The checkpoints of a run in its folder, `step-000000042.tandemstate` and so on: the newest few are kept.
public struct CheckpointFolder: Sendable {
    /// The folder.
    public let path: String
    /// How many checkpoints stay.
    public let keptCount: Int

    /// The checkpoints in `path`, which is made if it is not there.
    ///
    /// - Throws: ``TrainingError`` if the folder cannot be made.
    public init(path: String, keptCount: Int = 2) throws {
        precondition(keptCount > 0, "At least one checkpoint stays.")
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw TrainingError("The folder \(path) cannot be made: \(error.localizedDescription)")
        }
        self.path = path
        self.keptCount = keptCount
    }

    /// Writes a checkpoint, then removes those that are too old.
    public func write(_ state: TrainingState, arenas: [(name: String, arena: FloatArena)]) throws {
        let digits = String(state.step)
        let name = "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits + ".tandemstate"
        try TrainingCheckpoint.write(state, arenas: arenas, path: path + "/" + name)
        for old in checkpoints().dropLast(keptCount) {
            try FileManager.default.removeItem(atPath: path + "/" + old.name)
        }
    }

    /// Removes what a process that was killed while it wrote a checkpoint has left: a file as large as one, each time.
    func removeRemains() {
        for name in names where name.hasPrefix("step-") && name.hasSuffix(".partial") {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }

    /// The newest checkpoint that is whole; nil if there is none at all.
    ///
    /// - Throws: The newest one's error if there are some and none is whole.
    public func latest() throws -> TrainingCheckpoint? {
        var first: (any Error)?
        for candidate in checkpoints().reversed() {
            do { return try TrainingCheckpoint(path: path + "/" + candidate.name) } catch { first = first ?? error }
        }
        if let first { throw first }
        return nil
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    private func checkpoints() -> [(step: Int, name: String)] {
        names.compactMap { name -> (Int, String)? in
            guard name.hasPrefix("step-"), name.hasSuffix(".tandemstate"),
                let step = Int(name.dropFirst("step-".count).dropLast(".tandemstate".count))
            else { return nil }
            return (step, name)
        }.sorted { $0.0 < $1.0 }
    }
}
