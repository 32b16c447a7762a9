public import TandemMath

/// Two layers on what a draft's law looks like: entropy, the probabilities of the likeliest tokens, and the embeddings of
/// these, weighted with them. The result is the chance that the large model agrees: one less the total variation distance
/// of both laws, which is what it is trained on.
///
///     features  [ entropy │ p₁ … p_k │ Σ pᵢ · embedding of token i ]
///     agreement  σ( w₂ · max(0, W₁ · features + b₁) + b₂ )
public final class RouterNetwork: Sendable {
    /// How many of the likeliest tokens it looks at.
    public let topCount: Int
    /// `[hidden, 1 + topCount + embedding width]`
    public let first: Matrix
    /// `[1, hidden]`
    public let firstBias: Matrix
    /// `[1, hidden]`
    public let second: Matrix
    /// Added at the end.
    public let secondBias: Float
    private let embedding: @Sendable (Int) -> [Float]
    /// The first layer once more, column by column in groups of sixteen rows: what a feature adds to all of them at once.
    private let columns: [SIMD16<Float>]
    private let groupCount: Int

    /// A network with the given weights.
    ///
    /// - Parameters:
    ///   - topCount: How many of a guess's likeliest tokens it looks at.
    ///   - first: The first layer, `[hidden, 1 + topCount + embedding]`.
    ///   - firstBias: What the first layer adds, `[1, hidden]`.
    ///   - second: The second layer, `[1, hidden]`.
    ///   - secondBias: What is added at the end.
    ///   - embedding: The small model's embedding of a token.
    public init(
        topCount: Int, first: Matrix, firstBias: Matrix, second: Matrix, secondBias: Float,
        embedding: @escaping @Sendable (Int) -> [Float]
    ) {
        precondition(
            topCount > 0 && first.columns > 1 + topCount && firstBias.columns == first.rows
                && second.columns == first.rows && firstBias.rows == 1 && second.rows == 1,
            "The layers of a router do not fit each other.")
        self.topCount = topCount
        self.first = first
        self.firstBias = firstBias
        self.second = second
        self.secondBias = secondBias
        self.embedding = embedding
        let groupCount = (first.rows + 15) / 16
        self.groupCount = groupCount
        var columns = [SIMD16<Float>](repeating: .zero, count: first.columns * groupCount)
        for row in 0..<first.rows {
            for column in 0..<first.columns { columns[column * groupCount + row / 16][row % 16] = first[row, column] }
        }
        self.columns = columns
    }

    /// What the network sees of a guess.
    public func features(_ confidence: DraftConfidence) -> [Float] {
        var features = [Float](repeating: 0, count: first.columns)
        features[0] = confidence.entropy
        for (place, top) in confidence.top.prefix(topCount).enumerated() {
            features[1 + place] = top.probability
            for (channel, value) in embedding(top.token).enumerated()
            where 1 + topCount + channel < features.count {
                features[1 + topCount + channel] += top.probability * value
            }
        }
        return features
    }

    /// The chance that the large model agrees with a guess.
    public func agreement(_ confidence: DraftConfidence) -> Float {
        agreement(features: features(confidence))
    }

    /// The same from features.
    public func agreement(features: [Float]) -> Float {
        precondition(features.count == first.columns, "The router sees \(first.columns) numbers.")
        var logit = secondBias
        for group in 0..<groupCount {
            let rows = group * 16..<min(group * 16 + 16, first.rows)
            var sum = SIMD16<Float>.zero
            for row in rows { sum[row % 16] = firstBias[0, row] }
            for column in features.indices { sum += columns[column * groupCount + group] * features[column] }
            for row in rows { logit += second[0, row] * max(0, sum[row % 16]) }
        }
        // σ(z) is the first of a softmax over (z, 0).
        return Kernels.softmax([logit, 0])[0]
    }
}
