public import TandemMath

extension LargeModel {
    /// Writes the head's rows of the given tokens (nil: all) into `head`, for a small model with a frozen head.
    public func copyHead(to head: Matrix, tokens: [Int]? = nil) {
        for (row, token) in (tokens ?? Array(0..<configuration.vocabularyCount)).enumerated() {
            output.unpack(row: token, into: head, at: row)
        }
    }
}
