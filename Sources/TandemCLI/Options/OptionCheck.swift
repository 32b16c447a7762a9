import ArgumentParser

/// Refuses what an option cannot be, in the same words everywhere.
enum OptionCheck {
    /// A value, if there is one, must lie in a range.
    static func range<Value: Comparable>(_ name: String, _ value: Value?, _ range: ClosedRange<Value>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "--\(name) is \(value), but it must be between \(range.lowerBound) and \(range.upperBound).")
    }

    /// A value must lie between 0 and 1 and be neither.
    static func fraction(_ name: String, _ value: some BinaryFloatingPoint) throws {
        guard value > 0, value < 1 else {
            throw ValidationError("--\(name) is \(value), but it must be more than 0 and less than 1.")
        }
    }
}
