import ArgumentParser
import Foundation
import TandemModels
import TandemTraining

/// What `distill` asks the model for.
struct DistillationAnswerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Tokens of an answer at most. Left out: 256.", valueName: "count"))
    var maxTokens: Int?

    @Option(help: ArgumentHelp("Pass over prompts that have more tokens. Left out: 1024.", valueName: "count"))
    var maxPromptTokens: Int?

    @Option(
        help: ArgumentHelp(
            "Share of the prompts that are answered with the likeliest token each time; the others are answered by "
                + "drawing. Left out: 0.5.", valueName: "0...1"))
    var greedyShare: Double?

    @Option(help: ArgumentHelp("Temperature of the answers that are drawn. Left out: 1.", valueName: "number"))
    var temperature: Double?

    @Option(
        help: ArgumentHelp("Decides which prompts are answered how, and every draw. Left out: 1.", valueName: "number"))
    var seed: UInt64?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Tell the model beforehand how to answer.", valueName: "text"))
    var system: String?

    /// The first of these options that was given.
    var firstUsed: String? {
        let used = [
            ("--max-tokens", maxTokens != nil), ("--max-prompt-tokens", maxPromptTokens != nil),
            ("--greedy-share", greedyShare != nil), ("--temperature", temperature != nil), ("--seed", seed != nil),
            ("--system", system != nil),
        ]
        return used.first { $0.1 }?.0
    }

    /// Puts them into the library's.
    func set(_ options: inout DistillationOptions) {
        options.maximumTokenCount = maxTokens ?? options.maximumTokenCount
        options.maximumPromptTokenCount = maxPromptTokens ?? options.maximumPromptTokenCount
        options.greedyShare = greedyShare ?? options.greedyShare
        options.temperature = temperature ?? options.temperature
        options.seed = seed ?? options.seed
        options.system = system
    }
}

/// What `distill` keeps.
struct DistillationKeptOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many of the likeliest tokens are kept at each place.", valueName: "count"))
    var top = 32

    @Option(
        help: ArgumentHelp(
            "Whether hidden states are kept: 'none', or 'store'. They take a lot of room; training can compute them "
                + "again.", valueName: "how"))
    var states = StateKind.none

    @Option(
        name: .customLong("state"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A hidden state to keep: what enters this layer, the first being 0. May be given several times.",
            valueName: "number"))
    var stateNumbers: [Int] = []

    @Option(help: ArgumentHelp("Keep what enters each of the last so many layers.", valueName: "count"))
    var layers: Int?

    @Option(help: ArgumentHelp("Prompts or windows of a shard.", valueName: "count"))
    var shardSize = 512

    @Option(help: ArgumentHelp("Tokens of a window of the text. Left out: 512.", valueName: "count"))
    var window: Int?

    enum StateKind: String, ExpressibleByArgument, CaseIterable { case none, store }

    var windowLength: Int { window ?? 512 }

    func validate() throws {
        if states == .none, !stateNumbers.isEmpty || layers != nil {
            throw ValidationError("--state and --layers say which hidden states to keep: give --states store as well.")
        }
        if states == .store, stateNumbers.isEmpty == (layers == nil) {
            throw ValidationError("Say which hidden states to keep, by --state or by --layers; one of the two.")
        }
        if let layers, layers < 1 { throw ValidationError("--layers is \(layers), but it must be 1 or more.") }
        if let window, window < 3 { throw ValidationError("--window is \(window), but it must be 3 or more.") }
    }

    /// Puts them into the library's.
    func set(_ options: inout DistillationOptions, for model: TransformerConfiguration) throws {
        options.topCount = top
        options.shardPromptCount = shardSize
        options.states = Set(stateNumbers).sorted()
        guard let layers else { return }
        guard layers <= model.layerCount else {
            throw CommandError("--layers is \(layers), but the model has \(model.layerCount).")
        }
        options.states = Array(model.layerCount - layers..<model.layerCount)
    }
}
