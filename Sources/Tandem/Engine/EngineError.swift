/// What a model lacks for what was asked of it.
public enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The files hold no tokenizer.
    case noTokenizer(path: String)
    /// The model brings no chat template, or its directory lacks it.
    case noChatTemplate(path: String)
    /// A way of drafting was asked for whose model was not given.
    case noCompanion(Companion)
    /// A part of a bundle does not fit the rest.
    case unusablePart(Companion, path: String)

    /// What a large model may have beside it.
    public enum Companion: String, Sendable, Hashable {
        /// The small model that reads the large one's states.
        case tandem
        /// An ordinary small model.
        case independent = "independent small model"
        /// The network that judges guesses.
        case router
        /// The head that judges texts.
        case judge
        /// What is known of how often guesses stand.
        case acceptance = "table of acceptance"
    }

    /// A sentence with the remedy.
    public var description: String {
        switch self {
        case .noTokenizer(let path):
            "\(path) holds no tokenizer; put the model's tokenizer.json beside its weights."
        case .noChatTemplate(let path):
            "\(path) holds no chat template; give the prompt as text, in the form that the model was trained with."
        case .noCompanion(let companion):
            "Drafting needs a \(companion.rawValue), and none was given; give a bundle that has one, or choose another way to draft."
        case .unusablePart(let companion, let path):
            "The \(companion.rawValue) of \(path) does not fit the models; train it once more, or remove it from the bundle."
        }
    }
}
