import TandemJSON
public import TandemMath

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// Writes tensors in F32, F16 or BF16, in the given order, and texts for `__metadata__`.
    ///
    /// The file appears under its name only when all is written.
    ///
    /// - Throws: ``CheckpointError`` if a tensor's format or name cannot be stored, `MappedFileError` if writing fails.
    public static func write(_ tensors: [TensorData], metadata: [String: String] = [:], to path: String) throws {
        try write(
            tensors.map { tensor in
                do { return try SafetensorsTensor(tensor) } catch { throw refusal(tensor.name, in: path) }
            }, metadata: metadata, to: path)
    }

    private static func refusal(_ name: String, in path: String) -> CheckpointError {
        CheckpointError(
            file: path, place: .tensor(name), problem: "a tensor cannot be stored under this name or in its format",
            remedy: "Names are unique, not empty and not __metadata__; formats of weights are F32, F16 and BF16.")
    }

    /// Writes tensors of any type, in the given order, and texts for `__metadata__`.
    ///
    /// The file appears under its name only when all is written.
    ///
    /// - Throws: ``CheckpointError`` if a tensor's name cannot be stored, `MappedFileError` if writing fails.
    public static func write(_ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String) throws {
        var entries: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\($0.key.jsonText):\($0.value.jsonText)" }
            entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var names: Set<String> = ["__metadata__", ""]
        var offset = 0
        for tensor in tensors {
            guard names.insert(tensor.name).inserted else { throw refusal(tensor.name, in: path) }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let end = offset + tensor.bytes.count
            entries.append(
                "\(tensor.name.jsonText):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        // Space up to a multiple of eight, so that the numbers are aligned.
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        let file = try ReplacementFile(path: path)
        try file.write(littleEndianBytes(UInt64(header.count)) + header)
        for tensor in tensors { try file.write(tensor.bytes) }
        try file.commit()
    }
}
