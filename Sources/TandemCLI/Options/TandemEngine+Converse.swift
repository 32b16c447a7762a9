import Tandem

extension TandemEngine {
    /// Refuses a model that cannot be conversed with.
    ///
    /// - Parameter advice: What to do instead, without a full stop.
    /// - Throws: ``CommandError``.
    func checkConverses(_ advice: String) throws {
        guard chatTemplate == nil else { return }
        if let templateError {
            throw CommandError(
                "The chat template of \(displayName) cannot be used; \(advice). \(templateError)")
        }
        throw CommandError(
            "\(displayName) brings no chat template, so it is unknown how to converse with it; \(advice).")
    }
}
