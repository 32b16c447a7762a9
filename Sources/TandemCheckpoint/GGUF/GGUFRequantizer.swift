public import TandemMath

extension GGUFFile {
    /// Writes the whole model again with its matrices, the embedding among them, in another format.
    ///
    /// Vectors (norms, biases, rotary divisors) become or stay F32. A matrix whose rows are no whole number of the format's
    /// blocks becomes F16. All metadata are kept, except that `general.file_type` says what the matrices now are.
    /// `progress` is called after each tensor with the number of those done and of all; what it throws ends the writing.
    ///
    /// - Throws: ``CheckpointError``, `MappedFileError` or what `progress` throws; nothing is then left at `path`.
    public func requantize(
        to format: TensorFormat, writingTo path: String,
        progress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
    ) throws {
        guard format.isEncodable else {
            let possible = TensorFormat.allCases.filter(\.isEncodable).map(\.rawValue).joined(separator: ", ")
            throw CheckpointError(
                file: path, problem: "\(format.rawValue) can be read but not written",
                remedy: "Ask for one of \(possible).")
        }
        var writer = GGUFWriter()
        try writer.add(metadata, omitting: ["general.file_type", "general.quantization_version"])
        try writer.add("general.file_type", .uint32(format.ggufFileType))
        try writer.add("general.quantization_version", .uint32(2))
        let formats = tensors.map { tensor -> TensorFormat in
            if tensor.shape.count < 2 { return .float32 }
            return tensor.columns % format.blockLength == 0 ? format : .float16
        }
        for (tensor, format) in zip(tensors, formats) {
            try writer.describe(tensor.name, format: format, shape: tensor.shape)
        }
        try verifyUnchanged()
        try writer.write(to: path) { index in
            let tensor: TensorData
            do {
                tensor = try Quantizer.encode(tensors[index], as: formats[index])
            } catch {
                throw CheckpointError(
                    file: self.path, place: .tensor(tensors[index].name), problem: "it cannot be requantised: \(error)",
                    remedy: "Choose a format of greater range, such as F32.")
            }
            try progress(index + 1, tensors.count)
            return tensor
        }
    }
}
