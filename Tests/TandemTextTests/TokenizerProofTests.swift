import Foundation
import TandemText
import Testing

/// The full proof on a real vocabulary: every text of a file must have exactly the tokens that another program gave it.
///
/// `Tools/check_tokenizer.py` writes the file. The tests run where `TANDEM_TEST_MODEL` names a GGUF model and
/// `TANDEM_TOKENIZER_PROOF` a file of lines like `{"text": "Hello", "ids": [19556], "literal": false}`.
private let model = ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"]
private let proof = ProcessInfo.processInfo.environment["TANDEM_TOKENIZER_PROOF"]

struct ProofLine: Decodable {
    let text: String
    let ids: [Int]
    let literal: Bool?

    static func read(_ data: Data) throws -> [ProofLine] {
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(ProofLine.self, from: $0) }
    }

    /// Records an issue if the tokenizer disagrees; returns whether it agrees.
    func check(_ tokenizer: some Tokenizer, addsBeginning: Bool = false) -> Bool {
        let handling: SpecialTokenHandling = literal == true ? .literal : .parsed
        let found = tokenizer.encode(text, specialTokens: handling, addsBeginning: addsBeginning)
        guard found != ids else { return true }
        let first = zip(found, ids).enumerated().first { $1.0 != $1.1 }?.offset ?? min(found.count, ids.count)
        Issue.record("\(text.debugDescription) differs at token \(first): \(found) instead of \(ids)")
        return false
    }
}

@Test(.enabled(if: model != nil && proof != nil))
func `every text of the proof has the tokens of the reference`() throws {
    let tokenizer = BytePairTokenizer(
        try TokenizerDefinition(gguf: GGUFMetadata(path: try #require(model)).vocabulary))
    let lines = try ProofLine.read(try Data(contentsOf: URL(fileURLWithPath: try #require(proof))))
    #expect(lines.count > 1000)
    var failures = 0
    for line in lines where failures < 10 {
        if !line.check(tokenizer) { failures += 1 }
    }
}

/// A proof small enough to live in the repository: `check_tokenizer.py --few` of SmolLM2-135M-Instruct.
@Test(.enabled(if: model != nil))
func `hard texts have the tokens that SmolLM2's vocabulary gives them`() throws {
    let vocabulary = try GGUFMetadata(path: try #require(model)).vocabulary
    guard vocabulary.preTokenizer == "smollm", vocabulary.tokens.count == 49152 else { return }
    let tokenizer = BytePairTokenizer(try TokenizerDefinition(gguf: vocabulary))
    let url = Bundle.module.url(forResource: "smollm2", withExtension: "jsonl", subdirectory: "Fixtures/Tokenizers")
    for line in try ProofLine.read(try Data(contentsOf: try #require(url))) { _ = line.check(tokenizer) }
}
