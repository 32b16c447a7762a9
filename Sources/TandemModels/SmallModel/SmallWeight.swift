import TandemMath

/// A weight on its way into a small model: numbers, or a file's tensor, which is decoded where its numbers are needed.
enum SmallWeight {
    case numbers(Matrix)
    case stored(TensorData)

    /// Rows and columns.
    var shape: [Int] {
        switch self {
        case .numbers(let matrix): [matrix.rows, matrix.columns]
        case .stored(let tensor): [tensor.rows, tensor.columns]
        }
    }

    /// What an error calls it: a file's tensor by its name there, numbers by their place in the model.
    func name(as parameter: SmallParameter) -> String {
        switch self {
        case .numbers: "\(parameter)"
        case .stored(let tensor): tensor.name
        }
    }

    var isFinite: Bool {
        switch self {
        case .numbers(let matrix): matrix.isFinite
        case .stored(let tensor): tensor.isFinite
        }
    }

    /// Its numbers: the caller's own matrix, if that is what was given.
    var matrix: Matrix {
        switch self {
        case .numbers(let matrix): matrix
        case .stored(let tensor): Matrix(rows: tensor.rows, columns: tensor.columns, values: tensor.floats())
        }
    }

    /// The weight in a format; a tensor that has it already is not decoded.
    func tensor(name: String, as format: TensorFormat, pool: ComputePool) throws -> TensorData {
        switch self {
        case .numbers(let matrix): try Quantizer.encode(matrix, name: name, as: format, on: pool)
        case .stored(let tensor): try Quantizer.encode(tensor, as: format, on: pool)
        }
    }
}
