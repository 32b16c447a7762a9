/// Cuts a rank's share of a step into parts that fit in memory.
enum MicroBatches {
    /// Runs of neighbouring pieces with at most `tokenCount` tokens each; a longer piece stands alone.
    static func ranges(of pieces: [SequencePlan.Piece], tokenCount: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var (start, count) = (0, 0)
        for (index, piece) in pieces.enumerated() {
            if index > start, count + piece.tokens.count > tokenCount {
                ranges.append(start..<index)
                (start, count) = (index, 0)
            }
            count += piece.tokens.count
        }
        if start < pieces.count { ranges.append(start..<pieces.count) }
        return ranges
    }
}
