/// The order of the rows of query and key matrices within a head.
///
/// Rotary embedding turns pairs of channels. Our engine, like Hugging Face's, takes channels `i` and `i + D/2` of a
/// head as a pair (*half split*). GGUF files of the architecture llama hold the two side by side (*paired*), since
/// their converter reorders the rows:
///
///     half split  a0 a1 a2 … b0 b1 b2 …        paired  a0 b0 a1 b1 a2 b2 …
enum RotaryRowOrder {
    /// For each row of the half-split matrix, which row of the paired one it is.
    static func halfSplitFromPaired(headCount: Int, headWidth: Int) -> [Int] {
        let half = headWidth / 2
        return (0..<headCount * headWidth).map { row in
            let (head, channel) = row.quotientAndRemainder(dividingBy: headWidth)
            return head * headWidth + 2 * (channel % half) + channel / half
        }
    }
}
