import Foundation
import TandemMath

/// How a training run came about: enough to do it again, kept with its checkpoints and in the bundle.
public struct RunRecord: Sendable, Equatable, Codable {
    /// A file that went in.
    public struct Input: Sendable, Equatable, Codable {
        /// What it is for, for example `large model` or `answers`.
        public let role: String
        /// Its name, without folders: those say nothing on another machine.
        public let name: String
        /// Its length; nil if the hash is not one of a single file.
        public let byteCount: Int?
        /// SHA-256 of its contents, hexadecimal.
        public let hash: String

        /// What was hashed elsewhere.
        public init(role: String, name: String, hash: String) {
            self.role = role
            self.name = name
            byteCount = nil
            self.hash = hash
        }

        /// Reads a file to the end.
        ///
        /// - Throws: `MappedFileError` if it cannot be read.
        public init(role: String, path: String) throws {
            let file = try MappedFile(path: path)
            var digest = SHA256()
            digest.update(file.bytes)
            self.role = role
            name = URL(fileURLWithPath: path).lastPathComponent
            byteCount = file.count
            hash = digest.hexadecimal()
        }
    }

    /// The command line, program first.
    public var command: [String]
    /// Version of Tandem: `ProgramVersion.current`.
    public var version: String
    /// When the run began, in ISO 8601. A run that goes on keeps its beginning.
    public var startTime: String
    /// Seeds by what they are for.
    public var seeds: [String: UInt64]
    /// What went in.
    public var inputs: [Input]
    /// Processor, instruction set, system, by name: `MachineDescription.facts`.
    public var machine: [String: String]
    /// Processes that trained together.
    public var rankCount: Int

    /// A record of what the caller knows.
    public init(
        command: [String], version: String, startTime: String, seeds: [String: UInt64], inputs: [Input],
        machine: [String: String], rankCount: Int
    ) {
        self.command = command
        self.version = version
        self.startTime = startTime
        self.seeds = seeds
        self.inputs = inputs
        self.machine = machine
        self.rankCount = rankCount
    }
}
