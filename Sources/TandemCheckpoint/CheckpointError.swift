import TandemJSON

/// Why a model's files cannot be read or written: which file, where in it, what is wrong, and what to do.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A place in a file.
    public enum Place: Sendable, Equatable, CustomStringConvertible {
        /// A position in bytes from the beginning of the file.
        case byte(Int)
        /// A metadata key, or a path into a JSON file such as `rope_scaling.factor`.
        case key(String)
        /// A tensor, by its name in the file.
        case tensor(String)

        /// For messages.
        public var description: String {
            switch self {
            case .byte(let offset): "byte \(offset)"
            case .key(let name): "key \(quoted(name))"
            case .tensor(let name): "tensor \(quoted(name))"
            }
        }
    }

    /// The file, as the caller named it.
    public let file: String
    /// Where in the file; `nil` where the fault is the file as a whole.
    public let place: Place?
    /// What is wrong: a clause or sentence without its full stop.
    public let problem: String
    /// What to do about it: a sentence.
    public let remedy: String

    init(file: String, place: Place? = nil, problem: String, remedy: String) {
        self.file = file
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    /// A sentence for people, which ends with the remedy.
    public var description: String {
        let location = place.map { "\(file), \($0)" } ?? file
        return "\(location): \(problem). \(remedy)"
    }
}

/// Remedies that several readers give.
enum Remedy {
    static let damaged = "The file is damaged or was not written by a conforming tool: download or convert it again."
    static let incomplete = "The file is incomplete or damaged: download it again."
    static let recommendation = "Correct or remove the value: it only recommends how to draw tokens."
}
