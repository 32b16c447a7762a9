public import TandemMath

/// A safetensors file: the length of a JSON header, the header, the tensors' bytes.
///
///     length: 8 bytes · {"name": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}, …} · bytes
///
/// Ranges must tile the bytes without holes or overlap. The file is mapped, not read. A file that breaks a rule throws
/// ``CheckpointError`` with the place.
public struct SafetensorsFile: Sendable {
    /// Path, or what stands for it: for messages.
    public let path: String
    /// Length of the file in bytes.
    public let byteCount: Int
    /// The texts under `__metadata__`.
    public let metadata: [String: String]
    /// All tensors of floats, in the order of their bytes.
    public let tensors: [TensorData]
    /// All tensors, those of whole numbers too, in the order of their bytes.
    public let entries: [SafetensorsTensor]
    private let positions: [String: Int]
    private let mapped: MappedFile?

    /// The longest header that the format allows.
    static let longestHeader = 100_000_000

    /// Opens and checks the file at `path`.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - takesIntegers: whether tensors of whole numbers are welcome; a model's weights are floats.
    /// - Throws: ``CheckpointError``, or `MappedFileError` if the file cannot be opened.
    public init(path: String, takesIntegers: Bool = false) throws {
        let file = try MappedFile(path: path)
        try self.init(bytes: file.bytes, path: path, takesIntegers: takesIntegers, mapped: file)
    }

    /// Reads a file that is in memory; `path` names it in messages.
    public init(bytes: MappedBytes, path: String, takesIntegers: Bool = false) throws {
        try self.init(bytes: bytes, path: path, takesIntegers: takesIntegers, mapped: nil)
    }

    private init(bytes: MappedBytes, path: String, takesIntegers: Bool, mapped: MappedFile?) throws {
        let (header, data, dataStart) = try SafetensorsHeader.split(bytes, path: path)
        self.path = path
        self.mapped = mapped
        byteCount = bytes.count
        metadata = try SafetensorsHeader.metadata(header)
        entries = try SafetensorsHeader.tensors(
            header, data: data, dataStart: dataStart, takesIntegers: takesIntegers)
        tensors = entries.compactMap(\.weights)
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
    }

    /// The tensor with this name, or `nil`.
    public func tensor(named name: String) -> TensorData? { positions[name].map { tensors[$0] } }

    /// Throws if the file was cut or grown in place since it was opened.
    public func verifyUnchanged() throws { try mapped?.verifyUnchanged() }
}
