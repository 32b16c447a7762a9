public import TandemMath

/// SHA-256 of weights, in hexadecimal: of name, format, shape and bytes of every tensor, in order of their names.
///
/// It depends on neither the order of tensors in the file nor on metadata, so a corrected chat template leaves it as
/// it is; it tells a trained small model whether the weights beside it are those that it was trained for. The same
/// model in another format or container has another hash.
public func contentHash(of tensors: [TensorData]) -> String {
    var hash = SHA256()
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
        // Lengths first, so that no two lists of tensors read the same.
        let heading = "\(tensor.name.utf8.count) \(tensor.name) \(tensor.format.rawValue) \(tensor.shape)\n"
        hash.update(Array(heading.utf8))
        hash.update(tensor.bytes)
    }
    return hash.hexadecimal()
}
