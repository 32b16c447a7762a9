import TandemMath
import TandemModels

/// The tensors of a model's files, held against its configuration.
struct TensorInventory {
    /// The file or directory, for messages.
    let path: String
    /// All tensors.
    let tensors: [TensorData]
    /// How a parameter is called there.
    let name: (ParameterPath) -> String
    /// Finds a tensor by that name.
    let find: (String) -> TensorData?
    /// Whether a tensor without a place would change what the model says.
    let changesResult: (_ name: String, _ layerCount: Int) -> Bool
    /// Who says which shapes are right.
    let authority: String
    /// What to do about tensors that are missing or of another shape.
    let remedy: String
    /// Names that have a place though they belong to no parameter.
    var otherNames: Set<String> = []

    /// Checks that every weight is there in its shape.
    ///
    /// - Returns: Names of tensors that have no place in the configuration and do not change the result.
    /// - Throws: ``CheckpointError`` for tensors that are missing, of another shape, or that would take part in the
    ///   computation if only there were a place for them.
    func check(against configuration: TransformerConfiguration) throws -> [String] {
        var expected = otherNames
        for (parameter, shape) in configuration.parameters {
            let tensor = try tensor(parameter)
            guard tensor.shape == shape else {
                throw CheckpointError(
                    file: path, place: .tensor(tensor.name),
                    problem: "its shape is \(tensor.shape), but \(authority) \(shape)", remedy: remedy)
            }
            expected.insert(name(parameter))
        }
        let unexpected = tensors.map(\.name).filter { !expected.contains($0) }
        if let name = unexpected.first(where: { changesResult($0, configuration.layerCount) }) {
            throw CheckpointError(
                file: path, place: .tensor(name),
                problem: "a model of the architecture \(configuration.architecture.rawValue) has no such tensor, and "
                    + "leaving it out would change what the model says",
                remedy: "Use another model of the family.")
        }
        return unexpected
    }

    /// The tensor of a parameter.
    ///
    /// - Throws: ``CheckpointError`` if it is missing.
    func tensor(_ parameter: ParameterPath) throws -> TensorData {
        let name = name(parameter)
        guard let tensor = find(name) else {
            throw CheckpointError(
                file: path, place: .tensor(name), problem: "the tensor is missing", remedy: remedy)
        }
        return tensor
    }
}
