import Tandem
import TandemCheckpoint
import TandemTraining

/// A model that was loaded to learn from.
struct LoadedTeacher: Sendable {
    let engine: TandemEngine
    let teacher: Teacher
    private let path: String

    /// Loads a model.
    ///
    /// - Parameter converses: Whether it is to answer, for which it needs a chat template.
    init(_ argument: ModelArgument, converses: Bool) async throws {
        try await self.init(path: argument.path(), converses: converses)
    }

    /// Loads the model of a file or directory.
    init(path: String, converses: Bool = true) async throws {
        self.path = path
        let engine = try await TandemEngine.load(path)
        if converses {
            try engine.checkConverses("take a model that was made to converse, or let it read a text: --text")
        }
        self.engine = engine
        teacher = Teacher(
            model: engine.model, tokenizer: engine.tokenizer, endOfText: engine.endOfText,
            text: { try engine.prompt(for: $0) },
            tokens: { try engine.tokens(of: GenerationRequest(prompt: .chat($0))) })
    }

    /// The hash of its weights.
    func hash() throws -> String { try CheckpointReader.open(path).contentHash() }
}
