import Tandem
import TandemCheckpoint
import TandemMath
import TandemTraining

/// A model that was loaded to learn from.
struct LoadedTeacher: Sendable {
    let engine: TandemEngine
    let teacher: Teacher
    private let path: String

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - argument: Which.
    ///   - converses: Whether it is to answer, for which it needs a chat template.
    ///   - threadCount: Threads that compute.
    init(_ argument: ModelArgument, converses: Bool, threadCount: Int) async throws {
        try await self.init(path: argument.path(), converses: converses, threadCount: threadCount)
    }

    /// Loads the model of a file or directory.
    init(
        path: String, converses: Bool = true, threadCount: Int = ComputePool.defaultThreadCount
    ) async throws {
        self.path = path
        var options = TandemEngine.Options()
        options.threadCount = threadCount
        let engine = try await TandemEngine.load(path, options: options)
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
