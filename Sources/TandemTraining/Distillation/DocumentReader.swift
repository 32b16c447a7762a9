import TandemDecoding

/// Has the large model read a document that is there already, and keeps what it expected wherever a token is marked.
struct DocumentReader {
    let target: RecordingTarget
    /// Rows of logits that are in memory at once.
    private static let chunkLength = 128

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - tokens: All of it.
    ///   - marks: Which of the tokens are to be learnt; the first cannot be.
    ///   - report: Told after every pass how many tokens it has read, and whether those behind them are to be learnt.
    func read(
        _ tokens: [Int], marks: [Bool], report: (_ count: Int, _ isLearnt: Bool) throws -> Void
    ) throws -> DistilledDocument {
        let memory = target.open()
        defer { target.close(memory) }
        // Nothing is to be predicted after the last token.
        let end = tokens.count - 1
        var start = 0
        while start < end {
            let isLearnt = marks[start + 1]
            var next = start + 1
            while next < min(end, start + Self.chunkLength), marks[next + 1] == isLearnt { next += 1 }
            let chunk = Array(tokens[start..<next])
            _ = try target.read(
                [TargetSpan(memory: memory, tokens: chunk, logitCount: isLearnt ? chunk.count : 0)], capturing: [])
            try report(chunk.count, isLearnt)
            start = next
        }
        return DistilledDocument(tokens: tokens, marks: marks, recording: target.recording(of: memory))
    }
}
