public import TandemMath
public import TandemModels

extension TandemBundle {
    /// Throws unless `model` is the large model that this was trained for.
    ///
    /// - Throws: ``CheckpointError`` that says which one the bundle wants.
    public func require(_ model: LargeModel) throws {
        guard model.fingerprint != large.fingerprint else { return }
        let configuration = model.configuration
        let isAlike =
            configuration.width == large.width && configuration.layerCount == large.layerCount
            && configuration.vocabularyCount == large.vocabularyCount
        let given =
            "the model given has \(configuration.layerCount) layers of \(configuration.width) and weights "
            + "\(model.fingerprint.prefix(12))…"
        let hint = isAlike ? " (the same shape: perhaps another quantisation or another training of it)" : ""
        throw CheckpointError(
            file: path, problem: "this bundle belongs to \(large.summary), but \(given)\(hint)",
            remedy: "Give \(large.source ?? large.name) in \(large.quantization), or train a small model for this one.")
    }

    /// The weights as floats, the head's rows from `large` where the bundle leaves them out.
    ///
    /// - Throws: ``CheckpointError`` if `large` is another model, or a number is not finite.
    public func matrices(for large: LargeModel) throws -> [SmallParameter: Matrix] {
        try require(large)
        var matrices: [SmallParameter: Matrix] = [:]
        for shape in configuration.parameters {
            if shape.isFrozen {
                let head = Matrix(rows: shape.rows, columns: shape.columns)
                large.copyHead(to: head, tokens: configuration.draftTokens)
                matrices[shape.parameter] = head
            } else if let tensor = weights[shape.parameter] {
                matrices[shape.parameter] = try matrix(tensor, rows: shape.rows, columns: shape.columns)
            }
        }
        return matrices
    }

    /// The small model, ready to draft for `large` or to be trained further.
    ///
    /// - Throws: ``CheckpointError`` if `large` is another model, or a number is not finite; what packing throws.
    public func smallModel(for large: LargeModel, form: SmallModel.Form, pool: ComputePool) throws -> SmallModel {
        try require(large)
        do {
            return try SmallModel(configuration, tensors: weights, large: large, form: form, pool: pool)
        } catch ModelError.weightNotFinite(let tensor) {
            // The model looks at every number of these weights anyway, but does not know their file.
            throw notFinite(tensor)
        }
    }

    /// The weights of a network beside the model, all whose names begin with `prefix`, without it.
    ///
    /// - Throws: ``CheckpointError`` if a number is not finite.
    public func extras(_ prefix: String) throws -> [String: Matrix] {
        var found: [String: Matrix] = [:]
        for (name, tensor) in extras where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = try matrix(tensor, rows: tensor.rows, columns: tensor.columns)
        }
        return found
    }

    private func matrix(_ tensor: TensorData, rows: Int, columns: Int) throws -> Matrix {
        try requireFinite(tensor)
        return Matrix(rows: rows, columns: columns, values: tensor.floats())
    }

    private func requireFinite(_ tensor: TensorData) throws {
        guard tensor.isFinite else { throw notFinite(tensor.name) }
    }

    private func notFinite(_ tensor: String) -> CheckpointError {
        CheckpointError(
            file: path, place: .tensor(tensor), problem: "it holds a number that is not finite", remedy: Remedy.damaged)
    }
}
