import TandemMath

/// What lies in the files of training data: for a run's record, and to tell whether a run goes on with the same.
///
/// Token files are read to the end. What lies beside them is a hundred times as long and was made together with them; of
/// it only the length counts.
///
///     let identity = try TrainingDataIdentity(of: data, role: "data")
///     record.inputs += identity.inputs
///     facts["data hash"] = identity.hash
public struct TrainingDataIdentity: Sendable, Equatable {
    /// The token files, in the order in which they are read.
    public let inputs: [RunRecord.Input]
    /// One hash for all of them and for what lies beside them, hexadecimal.
    public let hash: String

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - data: The data.
    ///   - role: What it is for, for example `data`.
    /// - Throws: `MappedFileError` if a file cannot be read.
    public init(of data: TrainingData, role: String) throws {
        var inputs: [RunRecord.Input] = []
        var digest = SHA256()
        for file in data.files {
            let input = try RunRecord.Input(role: role, path: file.path)
            inputs.append(input)
            var line = input.hash
            if let count = file.topByteCount { line += " top \(count)" }
            if let count = file.stateByteCount { line += " states \(count)" }
            digest.update(Array((line + "\n").utf8))
        }
        self.inputs = inputs
        hash = digest.hexadecimal()
    }
}
