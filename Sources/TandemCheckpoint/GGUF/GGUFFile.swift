public import TandemMath

/// A GGUF file, version 2 or 3: metadata, then the directory of tensors, then their bytes.
///
///     magic "GGUF" · version · tensor count · key count
///     key · type · value                                  for each key
///     name · dimensions (innermost first) · type · offset for each tensor
///     padding to a multiple of `general.alignment` (32 if absent)
///     tensors, each padded to that multiple, in the directory's order and without gaps
///
/// The file is mapped, not read: opening costs the directory only. All that the file says is checked before anything
/// is made from it; a file that breaks a rule throws ``CheckpointError`` with the place.
public struct GGUFFile: Sendable {
    /// Path, or what stands for it: for messages.
    public let path: String
    /// Length of the file in bytes.
    public let byteCount: Int
    /// Version of the container.
    public let version: Int
    /// Tensors begin at multiples of this many bytes.
    public let alignment: Int
    /// Keys and values.
    public let metadata: GGUFMetadata
    /// All tensors in the file's order, shapes outermost dimension first.
    public let tensors: [TensorData]
    private let positions: [String: Int]
    private let mapped: MappedFile?

    /// Opens and checks the file at `path`.
    ///
    /// - Throws: ``CheckpointError``, or `MappedFileError` if the file cannot be opened.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        try self.init(bytes: file.bytes, path: path, mapped: file)
    }

    /// Reads a file that is in memory; `path` names it in messages.
    public init(bytes: MappedBytes, path: String) throws {
        try self.init(bytes: bytes, path: path, mapped: nil)
    }

    private init(bytes: MappedBytes, path: String, mapped: MappedFile?) throws {
        var parser = GGUFParser(cursor: GGUFCursor(file: path, bytes: bytes))
        try parser.parse()
        self.path = path
        self.mapped = mapped
        byteCount = bytes.count
        version = parser.version
        alignment = parser.alignment
        metadata = parser.metadata
        tensors = parser.tensors
        positions = parser.positions
    }

    /// The tensor with this name in the file, or `nil`.
    public func tensor(named name: String) -> TensorData? {
        positions[name].map { tensors[$0] }
    }

    /// Throws if the file was cut or grown in place since it was opened: touching what was cut off would end the process.
    public func verifyUnchanged() throws {
        try mapped?.verifyUnchanged()
    }
}
