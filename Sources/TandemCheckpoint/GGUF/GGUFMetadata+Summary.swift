import TandemJSON

extension GGUFMetadata {
    /// A value as `inspect` shows it, on one line: a number, a text in quotation marks that is cut where it is long, an
    /// array by length and type. `nil` if the key is absent.
    public func summary(of key: String) -> String? {
        guard let type = type(of: key) else { return nil }
        do {
            switch type {
            case .array: return "\(elementCount(of: key) ?? 0) × \(elementType(of: key) ?? type)"
            case .string: return quoted(try string(key))
            case .bool: return String(try bool(key))
            // The shortest digits that give the number back in its own width.
            case .float32: return "\(Float(try float(key)))"
            case .float64: return "\(try float(key))"
            case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: return String(try integer(key))
            }
        } catch let error as CheckpointError {
            return error.problem
        } catch {
            return "\(error)"
        }
    }
}
