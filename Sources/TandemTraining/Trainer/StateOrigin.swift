/// Where the large model's hidden states come from in training.
public enum StateOrigin: String, Sendable, Codable, CaseIterable {
    /// `tandem distill` has stored them beside the tokens: the large model takes no part in a step.
    case stored
    /// The large model reads every piece again. It takes no disk, and several times as long.
    ///
    /// A piece is read as if nothing came before it. Stored states know the whole document; so the two differ in the later pieces of
    /// documents that are longer than a sequence.
    case recomputed = "recompute"
}
