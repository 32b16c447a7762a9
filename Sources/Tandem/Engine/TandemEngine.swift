import Foundation
import Synchronization
public import TandemCheckpoint
public import TandemDecoding
import TandemMath
public import TandemModels
public import TandemText

/// A loaded model that answers: the front door.
///
///     let engine = try await TandemEngine.load("SmolLM2-135M-Instruct.Q4_1.gguf")
///     for try await event in try engine.generate(GenerationRequest(chat: "Why is the sky blue?")) {
///         if case .chunk(let text, _) = event { print(text, terminator: "") }
///     }
///
/// Any number of answers may be under way at once; they share the passes over the weights. An answer does not depend
/// on what else there is.
public final class TandemEngine: Sendable {
    /// How a model is run.
    public struct Options: Sendable, Hashable, Codable {
        /// Threads that compute, the decoding thread included.
        public var threadCount = ComputePool.defaultThreadCount
        /// Tokens that a conversation can have; `nil` for as many as the model was trained for.
        public var contextLength: Int?
        /// The bundle of a small model that drafts; `nil` for none.
        public var bundle: String?
        /// What is kept in memory.
        public var limits = GenerationService.Limits()

        /// The defaults.
        public init() {}
    }

    /// What people call the model.
    public let displayName: String
    /// The weights.
    public let model: LargeModel
    /// Turns text into tokens and back.
    public let tokenizer: any Tokenizer
    /// Puts conversations into words, if the model brings a template for it that can be read.
    public let chatTemplate: ChatTemplate?
    /// Why the model's template cannot be read; such a model still continues texts.
    public let templateError: ChatTemplateError?
    /// What the model's makers recommend.
    public let generationDefaults: GenerationDefaults
    /// Tokens that end an answer.
    public let endOfText: Set<Int>
    /// Tokens that a conversation can have.
    public let contextLength: Int
    private let path: String
    private let service: GenerationService
    private let beside: Mutex<Companions>

    /// Loads a GGUF file or a Hugging Face directory. Blocks; ``load(_:options:)`` does not.
    ///
    /// - Throws: `CheckpointError`, ``EngineError``, `TokenizerError` or `ModelError`, with what to do.
    public init(_ path: String, options: Options = Options()) throws {
        let checkpoint = try CheckpointReader.open(path)
        let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
        let pool = ComputePool(threadCount: max(1, options.threadCount))
        let model = try LargeModel(checkpoint, pool: pool)
        let contextLength = max(
            1, min(options.contextLength ?? .max, model.configuration.contextLength))
        self.path = path
        self.tokenizer = tokenizer
        self.model = model
        self.contextLength = contextLength
        displayName = checkpoint.displayName
        do {
            chatTemplate = try checkpoint.chatTemplate.map { try ChatTemplate($0) }
            templateError = nil
        } catch let error as ChatTemplateError {
            chatTemplate = nil
            templateError = error
        }
        generationDefaults = checkpoint.generationDefaults
        endOfText = tokenizer.endOfText.union(checkpoint.generationDefaults.endTokens)
        beside = Mutex(
            try options.bundle.map { try Companions(TandemBundle(path: $0), for: model, pool: pool) }
                ?? Companions())
        service = GenerationService(limits: options.limits, pool: pool) {
            LargeTarget(model, contextLength: contextLength, pool: pool)
        }
        FreedMemory.giveBack()
    }

    /// Loads a model on a thread of its own, so that no other task waits.
    ///
    /// - Throws: see ``init(_:options:)``.
    public static func load(_ path: String, options: Options = Options()) async throws -> TandemEngine {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try TandemEngine(path, options: options) })
            }
        }
    }

    /// What stands beside the model to speed it up. A change holds for answers that begin later.
    public var companions: Companions {
        get { beside.withLock { $0 } }
        set { beside.withLock { $0 = newValue } }
    }

    /// Begins an answer.
    ///
    /// - Throws: What is wrong with the request; what goes wrong later comes through the stream.
    public func generate(_ request: GenerationRequest) throws -> TokenStream {
        let stop = try StopCondition(
            endOfText: request.endsAtEndOfText ? endOfText : [], strings: request.stopStrings,
            maximumTokenCount: request.maximumTokenCount)
        let continuesText: Bool
        if case .chat = request.prompt { continuesText = false } else { continuesText = true }
        if let count = request.topLogProbabilityCount, count < 0 {
            throw GenerationError.invalidOption(
                name: "topLogProbabilityCount", value: "\(count)", rule: "0 or more, or left out")
        }
        let plan = try DraftingPlan(
            request.drafting, temperature: request.sampling.temperature, with: companions,
            measured: { [weak self] costs in
                let keep = self?.beside.withLock { beside in
                    beside.costs = costs
                    return beside.keepCosts
                }
                keep?(costs)
            }, learnt: { [weak self] costs in self?.beside.withLock { $0.costs = costs } })
        return service.generate(
            GenerationJob(
                prompt: try tokens(of: request), sampling: request.sampling, stop: stop,
                topLogProbabilityCount: request.topLogProbabilityCount,
                speculation: { try plan.speculation($0) },
                text: { [tokenizer] in StreamingDecoder(tokenizer, continuesText: continuesText) }))
    }

    /// The answer to one message, in full.
    public func respond(to message: String, sampling: Sampling = .greedy) async throws -> String {
        try await generate(GenerationRequest(chat: message, sampling: sampling)).result().text
    }

    /// The tokens that a request's answer continues.
    public func tokens(of request: GenerationRequest) throws -> [Int] {
        switch request.prompt {
        case .tokens(let tokens): return tokens
        case .text(let text): return tokenizer.encode(text, specialTokens: .parsed, addsBeginning: true)
        case .chat(let messages):
            let prompt = try prompt(for: messages, variables: request.templateVariables)
            // Most templates write the token that begins a text themselves.
            let begins = beginningText.map { !$0.isEmpty && prompt.text.hasPrefix($0) } ?? false
            return tokenizer.encode(prompt, addsBeginning: !begins)
        }
    }

    /// A conversation in the words of the model's chat template, up to where the answer begins.
    ///
    /// Names of special tokens in the messages are text like any other: whoever writes a message cannot speak as the system.
    public func prompt(for messages: [ChatMessage], variables: TemplateDictionary = [:]) throws -> PromptText {
        guard let chatTemplate else {
            if let templateError { throw templateError }
            throw EngineError.noChatTemplate(path: path)
        }
        var input = ChatTemplate.Input(messages: messages)
        input.beginningOfText = beginningText
        input.endOfText = (tokenizer.endOfTextToken ?? generationDefaults.endTokens.first ?? endOfText.min()).map(text)
        input.extra = variables
        input.now = .now()
        return try chatTemplate.prompt(input, specialTokens: tokenizer.specialTokenTexts)
    }

    private var beginningText: String? { tokenizer.beginningOfText.map(text) }

    private func text(_ token: Int) -> String { tokenizer.decode([token], skipsSpecial: false) }
}
