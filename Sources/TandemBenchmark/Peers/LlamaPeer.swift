import Foundation
import TandemJSON

/// A process that answers for llama.cpp, one JSON object a line: see `Benchmarks/peers/llama_peer.py`.
public final class LlamaPeer {
    private let child: ChildProcess

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - python: An interpreter that has the package.
    ///   - script: Where `llama_peer.py` is.
    ///   - meter: Counts the process as ours.
    public init(python: String, script: String, meter: LoadMeter) throws {
        guard FileManager.default.isExecutableFile(atPath: python), FileManager.default.fileExists(atPath: script)
        else {
            throw BenchmarkError(
                "There is no \(python) or no \(script); Benchmarks/peers/setup.sh makes what is needed.")
        }
        child = try ChildProcess(python, [script], meter: meter, showsErrors: true)
    }

    private struct Load: Encodable {
        var command = "load"
        var path: String
        var threads: Int
        var context: Int
        var sequences: Int
        var flash_attention: Bool
        var draft: String?
    }

    /// Loads a model for so many conversations of so many tokens.
    ///
    /// - Parameters:
    ///   - path: A GGUF file.
    ///   - threads: Threads that compute.
    ///   - context: Tokens of a conversation.
    ///   - sequences: Conversations.
    ///   - flashAttention: How it computes attention.
    ///   - draft: A second model, with the same tokens, that drafts for the first in ``generate(_:)``.
    public func load(
        _ path: String, threads: Int, context: Int, sequences: Int = 1, flashAttention: Bool, draft: String? = nil
    ) throws {
        _ = try ask(
            Load(
                path: path, threads: threads, context: context, sequences: sequences, flash_attention: flashAttention,
                draft: draft))
    }

    private struct Request: Encodable {
        var command: String
        var tokens: Int?
        var rows: Int?
        var count: Int?
        var context: Int?
        var `repeat`: Int?
    }

    /// Seconds to read a prompt of `count` tokens.
    public func prefill(count: Int) throws -> Double {
        try number("seconds", of: ask(Request(command: "prefill", tokens: count)))
    }

    /// Seconds for `count` single-row reads in a fresh conversation.
    public func decode(count: Int) throws -> Double {
        try number("seconds", of: ask(Request(command: "decode", tokens: count)))
    }

    /// Seconds for each of `repetitions` passes of `rows` rows after a context of `depth`.
    public func pass(rows: Int, depth: Int, repetitions: Int) throws -> [Double] {
        let answer = try ask(Request(command: "rows", rows: rows, context: depth, repeat: repetitions))
        let seconds = answer["seconds"]?.elements?.compactMap(\.number) ?? []
        guard !seconds.isEmpty else { throw unexpected }
        return seconds
    }

    /// Seconds for `count` steps of so many conversations at once.
    public func decodeTogether(conversations: Int, count: Int, depth: Int) throws -> Double {
        try number(
            "seconds", of: ask(Request(command: "sequences", tokens: count, count: conversations, context: depth)))
    }

    /// Versions of llama.cpp and of the package that carries it.
    public func version() throws -> String {
        let answer = try ask(Request(command: "version"))
        guard let llama = answer["llama"]?.text, let package = answer["llama_cpp_python"]?.text else {
            throw unexpected
        }
        return "llama.cpp \(llama) (llama-cpp-python \(package))"
    }

    /// What the peer is asked to say.
    public struct Question: Sendable, Encodable {
        /// Who guesses ahead.
        public enum Drafter: String, Sendable, Encodable {
            /// Nobody.
            case none
            /// The package's prompt lookup decoding.
            case lookup
            /// The second model.
            case model
        }

        private var command = "generate"
        /// What is continued.
        public var prompt: [Int]
        /// How many tokens the answer has at most.
        public var maximum: Int
        /// Tokens that end it.
        public var end: [Int]
        /// 0 takes the likeliest token.
        public var temperature: Float
        /// For draws.
        public var seed: UInt32
        /// Who guesses ahead.
        public var drafter: Drafter
        /// How many tokens are guessed at once.
        public var draft_length: Int

        /// A question.
        public init(
            prompt: [Int], maximum: Int, end: [Int], temperature: Float, seed: UInt32, drafter: Drafter,
            draftLength: Int
        ) {
            self.prompt = prompt
            self.maximum = maximum
            self.end = end
            self.temperature = temperature
            self.seed = seed
            self.drafter = drafter
            draft_length = draftLength
        }
    }

    /// An answer with all that it took: unlike the other measurements, the choice of tokens and the drafting are timed too.
    public func generate(_ question: Question) throws -> ArmAnswer {
        let answer = try ask(question)
        func counts(_ name: String) throws -> [Int] {
            guard let elements = answer[name]?.elements else { throw unexpected }
            return elements.compactMap(\.integer)
        }
        var result = ArmAnswer(
            tokens: try counts("tokens"), endsByModel: answer["ended"]?.bool ?? false,
            decodeSeconds: try number("seconds", of: answer))
        result.roundCount = Int(try number("rounds", of: answer))
        result.draftedByPosition = try counts("drafted_by_position")
        result.acceptedByPosition = try counts("accepted_by_position")
        return result
    }

    private func number(_ key: String, of answer: JSONValue) throws -> Double {
        guard let number = answer[key]?.number else { throw unexpected }
        return number
    }

    private func ask(_ request: some Encodable) throws -> JSONValue {
        try child.send(line: JSONEncoder().encode(request))
        let line = try child.line()
        guard let answer = try? JSONValue(parsing: [UInt8](line)) else { throw unexpected }
        guard answer["ok"]?.bool == true else {
            throw BenchmarkError("llama.cpp: \(answer["error"]?.text ?? "an error without words").")
        }
        return answer
    }

    private var unexpected: BenchmarkError {
        BenchmarkError("llama_peer.py answered in a form that this program does not know.")
    }
}
