import ArgumentParser
import Foundation
import TandemBenchmark

/// Which other program takes part in a benchmark, and where it is.
struct PeerOptions: ParsableArguments {
    enum Name: String, ExpressibleByArgument, CaseIterable { case llama = "llama.cpp" }

    @Option(
        name: .customLong("peer"),
        help: ArgumentHelp(
            "Let another program take turns: 'llama.cpp', with plain decoding, prompt lookup decoding, and a draft model if "
                + "there is one.", valueName: "program"))
    var name: Name?

    @Option(help: ArgumentHelp("A GGUF file that drafts for the peer.", valueName: "path"))
    var draftModel: String?

    @Option(help: ArgumentHelp("Tokens that the peer guesses at once.", valueName: "count"))
    var peerDraftLength = 3

    @Option(
        help: ArgumentHelp(
            "A Python interpreter with llama.cpp. Benchmarks/peers/setup.sh makes one.", valueName: "path"))
    var peerPython = ".build-peers/bin/python"

    @Option(help: ArgumentHelp("Where llama_peer.py is.", valueName: "path"))
    var peerScript = "Benchmarks/peers/llama_peer.py"

    @Flag(inversion: .prefixedNo, help: "Let the peer compute attention the fast way.")
    var peerFlashAttention = true

    func validate() throws {
        try OptionCheck.range("peer-draft-length", peerDraftLength, 1...64)
        if draftModel != nil, name == nil { throw ValidationError("--draft-model is the peer's; give --peer as well.") }
    }

    /// Starts the peer and loads its models.
    func arms(
        model: String, threads: Int, context: Int, end: [Int], temperature: Float, seed: UInt64,
        maximumTokenCount: Int, meter: LoadMeter
    ) throws -> PeerArms {
        let peer = try LlamaPeer(python: peerPython, script: peerScript, meter: meter)
        try peer.load(
            model, threads: threads, context: context, flashAttention: peerFlashAttention, draft: draftModel)
        return PeerArms(
            peer: peer, end: end, temperature: temperature, seed: seed, maximumTokenCount: maximumTokenCount,
            draftLength: peerDraftLength, hasDraftModel: draftModel != nil)
    }
}
