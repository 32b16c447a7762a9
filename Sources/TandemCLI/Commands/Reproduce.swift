public import ArgumentParser
import Foundation
public import TandemTraining

/// `tandem reproduce`: the paper's tables, in kind.
struct ReproduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Do the experiments of the Tandem Transformers paper again.",
        subcommands: [ReproduceTable1Command.self])
}

/// `tandem reproduce table1`: four small models with everything else equal.
struct ReproduceTable1Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table1", abstract: "Train and compare the four small models of the paper's first table.",
        discussion: """
            A small model alone, trained on the data or distilled from the large model, and one that reads the large
            model's states, trained in the same two ways; all with the same data, steps, size and beginning. Measured are
            next-token accuracy, cross entropy, agreement with the large model and total variation distance to it, on held-out
            answers and on a text. The result stands beside the paper's numbers in table1.md and table1.html.

            The budget 'smoke' takes a minute and needs nothing: it trains a tiny large model of a made-up language first.
            'short' and 'full' want answers of the large model (--data, from 'tandem distill'), or prompts to let it answer
            (--prompts). An interrupted reproduction goes on when it is started again.

            Examples:
              tandem reproduce table1
              tandem reproduce table1 --budget short --data answers --text valid.txt --output table1
              tandem reproduce table1 --budget full --data answers --held-out answers-held-out --seeds 3
            """)

    @Option(help: ArgumentHelp("How long it may take: 'smoke', 'short' or 'full'.", valueName: "budget"))
    var budget = ReproductionBudget.smoke

    @Option(
        help: ArgumentHelp(
            "The large model. Left out: smollm2-135m-instruct; for 'smoke', a tiny one trained on the spot.",
            valueName: "model"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Answers to learn from: a folder of shards, or a token file. May be given several times.", valueName: "path"
        ))
    var data: [String] = []

    @Option(
        help: ArgumentHelp("Answers to measure on. Left out: the last documents of the data.", valueName: "path"))
    var heldOut: [String] = []

    @Option(help: ArgumentHelp("A file of prompts for the model to answer, in place of --data.", valueName: "path"))
    var prompts: String?

    @Option(help: ArgumentHelp("A text file to measure on as well.", valueName: "file"))
    var text: String?

    @Option(help: ArgumentHelp("Runs of each model. Left out: the budget's.", valueName: "count"))
    var seeds: Int?

    @Option(help: ArgumentHelp("Steps of a run. Left out: the budget's.", valueName: "count"))
    var steps: Int?

    @Option(help: ArgumentHelp("Layers of the small models. Left out: the budget's.", valueName: "count"))
    var layers: Int?

    @Option(help: ArgumentHelp("Held-out documents that are evaluated. Left out: the budget's.", valueName: "count"))
    var documents: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder for everything.", valueName: "path"))
    var output = "table1"

    @Flag(help: "End with an error if the paper's order does not hold, or not by more than the spread over seeds.")
    var strict = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var printing: OutputOptions

    func validate() throws {
        let counts = [("seeds", seeds), ("steps", steps), ("layers", layers), ("documents", documents)]
        for (name, value) in counts { try OptionCheck.range(name, value, 1...1_000_000) }
        guard data.isEmpty || prompts == nil else { throw ValidationError("Choose one of --data and --prompts.") }
        guard budget == .smoke || !data.isEmpty || prompts != nil else {
            throw ValidationError(
                "--budget \(budget.rawValue) needs answers to learn from: give --data, or --prompts to have them made.")
        }
        guard model != nil || budget != .smoke || data.isEmpty && prompts == nil else {
            throw ValidationError("Say which --model the data belongs to, or leave both out.")
        }
        guard text == nil || budget != .smoke || model != nil else {
            throw ValidationError(
                "--text goes with a model that has words: the tiny one of --budget smoke speaks a made-up language.")
        }
    }

    func run() async throws {
        let command = self
        let result = try await printing.interruptible(saying: "Stopped. The same command goes on from here.") {
            let session = try await ReproductionSession(command)
            let result = try session.run()
            try session.write(result)
            return result
        }
        if printing.json {
            try StandardOutput.json(result)
        } else {
            try StandardOutput.write(Table1Text(result).text)
            printing.remark("\(output)/table1.md and \(output)/table1.html have the rest.")
        }
        if strict { try requireOrder(of: result) }
    }

    /// Throws unless every statement of the paper's order holds outside the spread on every text.
    private func requireOrder(of result: Table1Result) throws {
        for test in result.tests {
            for claim in result.claims(on: test) where !claim.isOutsideSpread {
                throw CommandError(
                    claim.holds
                        ? "The paper's order holds no further than seeds differ: \"\(claim.statement)\", on \(test). Give "
                            + "more --steps or --seeds."
                        : "The paper's order does not hold: \"\(claim.statement)\" is not what was measured on \(test)."
                )
            }
        }
    }
}

extension ReproductionBudget: ExpressibleByArgument {}
