import Foundation
import TandemMath

/// A folder in which `tandem distill` leaves its shards: `shard-00000.tokens` with what lies beside it, and `distill.json`,
/// which says what they were made from.
///
/// A shard is there when its token file is: that is the last one to get its name.
public struct ShardFolder: Sendable {
    /// Where.
    public let path: String
    /// What its shards are made from.
    public let record: DistillationRecord

    private var recordPath: String { path + "/distill.json" }

    /// Opens a folder to go on with it, or makes it. Nothing is written yet: whoever finds that the shards have no room here,
    /// or that something was forgotten, may come again with other options.
    ///
    /// - Throws: ``TrainingError`` if it cannot be made, or was made from something else.
    public init(path: String, record: DistillationRecord) throws {
        self.path = path
        self.record = record
        guard try !isBegun() else { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw TrainingError("The folder \(path) cannot be made: \(error.localizedDescription)")
        }
        guard shardNames.isEmpty else {
            throw TrainingError(
                "\(path) has shards but no distill.json, so it is unknown what of. Choose another folder.")
        }
    }

    /// Whether somebody has begun to fill the folder: with the same, or it is refused.
    private func isBegun() throws -> Bool {
        guard FileManager.default.fileExists(atPath: recordPath) else { return false }
        let bytes = try MappedFile(path: recordPath).bytes.array
        guard let earlier = try? JSONDecoder().decode(DistillationRecord.self, from: Data(bytes)) else {
            throw TrainingError("\(recordPath) cannot be read. Choose another folder, or remove this one.")
        }
        let differences = record.differences(from: earlier)
        guard differences.isEmpty else {
            throw TrainingError(
                "\(path) was begun with something else: \(differences.joined(separator: ", ")). Go on with the same, or "
                    + "choose another folder.")
        }
        return true
    }

    /// Writes down what the folder is filled from, before the first shard.
    ///
    /// - Throws: ``TrainingError`` if another process has begun with something else meanwhile.
    func begin() throws {
        guard try !isBegun() else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = try ReplacementFile(path: recordPath)
        try file.write([UInt8](try encoder.encode(record)) + [UInt8(ascii: "\n")])
        try file.commit()
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    private var shardNames: [String] { names.filter { $0.hasSuffix(TrainingData.suffix) } }

    /// How many shards there will be.
    public var shardCount: Int {
        (record.promptCount + record.options.shardPromptCount - 1) / record.options.shardPromptCount
    }

    /// The prompts of a shard, counted from the first that is asked.
    func prompts(ofShard shard: Int) -> Range<Int> {
        let size = record.options.shardPromptCount
        return shard * size..<min((shard + 1) * size, record.promptCount)
    }

    /// The path of a shard's files, without what tells them apart.
    func base(ofShard shard: Int) -> String {
        let digits = String(shard)
        return path + "/shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// The shards that a rank has yet to make.
    func missingShards(rank: Int, of rankCount: Int) -> [Int] {
        stride(from: rank, to: shardCount, by: rankCount).filter {
            !FileManager.default.fileExists(atPath: base(ofShard: $0) + TrainingData.suffix)
        }
    }

    /// Removes what a process that was killed has left of these shards.
    func removeRemains(of shards: [Int]) {
        let prefixes = Set(shards.map { URL(fileURLWithPath: base(ofShard: $0)).lastPathComponent })
        for name in names where name.hasSuffix(".partial") {
            guard let end = name.firstIndex(of: "."), prefixes.contains(String(name[..<end])) else { continue }
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }
}
