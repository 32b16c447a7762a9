extension GGUFMetadata {
    /// The number of a token, or `nil` if the model has no such token.
    ///
    /// Some converters write -1, as an unsigned number or not, for a token that the model does not have.
    public func token(ifPresent key: String) throws -> Int? {
        guard let token = try integer(ifPresent: key), token != -1, token != Int(UInt32.max) else { return nil }
        return token
    }
}
