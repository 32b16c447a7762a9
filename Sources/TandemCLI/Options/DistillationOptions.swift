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

    func validate() throws {
        try OptionCheck.range("max-tokens", maxTokens, 1...DistillationOptions.greatestCount)
        try OptionCheck.range("max-prompt-tokens", maxPromptTokens, 1...DistillationOptions.greatestCount)
    }

    /// The first of these options that was given, but for some.
    func firstUsed(besides others: [String]) -> String? {
        let used = [
            ("--max-tokens", maxTokens != nil), ("--max-prompt-tokens", maxPromptTokens != nil),
            ("--greedy-share", greedyShare != nil), ("--temperature", temperature != nil), ("--seed", seed != nil),
            ("--system", system != nil),
        ]
        return used.first { name, isUsed in isUsed && !others.contains(name) }?.0
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
            "Whether hidden states are kept: 'none', or 'store', those that the small model of 'tandem train' reads. They take a "
                + "lot of room; training can compute them again.", valueName: "how"))
    var states = StateKind.none

    @Option(
        name: .customLong("state"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A hidden state to keep instead: what enters this layer, the first being 0; the number of layers stands for what leaves "
                + "the last one. May be given several times.", valueName: "number"))
    var stateNumbers: [Int] = []

    @Option(
        help: ArgumentHelp(
            "Keep what a small model of so many layers reads: what enters each of the last so many layers, and what leaves the last. "
                + "Left out: 2.", valueName: "count"))
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
        if !stateNumbers.isEmpty, layers != nil { throw ValidationError("Choose one of --state and --layers.") }
        try OptionCheck.range("layers", layers, 1...1_024)
        try OptionCheck.range("shard-size", shardSize, 1...DistillationOptions.greatestCount)
        try OptionCheck.range("window", window, 3...DistillationOptions.greatestCount)
    }

    /// Puts them into the library's.
    func set(_ options: inout DistillationOptions, for model: TransformerConfiguration) throws {
        options.topCount = top
        options.shardPromptCount = shardSize
        options.states = try keptStates(of: model)
    }

    /// The hidden states that were named, or those that a small model of 'tandem train' reads.
    private func keptStates(of model: TransformerConfiguration) throws -> [Int] {
        guard states == .store else { return [] }
        guard stateNumbers.isEmpty else { return Set(stateNumbers).sorted() }
        if let layers, layers > model.layerCount {
            throw CommandError("--layers is \(layers), but the model has \(model.layerCount).")
        }
        return try SmallModelPreset.standard.configuration(beside: model, layerCount: layers, draftTokens: nil)
            .capturedStates.sorted()
    }
}
