import Foundation
import TandemCheckpoint
import TandemMath
import TandemText
import Testing

@testable import Tandem

/// Tokenizers from the metadata of a GGUF file: as its twin has them, and whatever happens to the bytes.
struct TokenizerSweepTests {
    /// A golden file, and where the tokenizer's keys and values are in it.
    private func golden() throws -> (bytes: [UInt8], metadata: Range<Int>) {
        let bytes = try MappedFile(path: GoldenFixtures.url("llama-f32.gguf").path).bytes.array
        return (bytes, try end(of: "tokenizer.ggml.model", in: bytes)..<end(of: "tokenizer.chat_template", in: bytes))
    }

    /// Where a key ends.
    private func end(of key: String, in bytes: [UInt8]) throws -> Int {
        let wanted = Array(key.utf8)
        let starts = 0..<bytes.count - wanted.count
        let start = try #require(starts.first(where: { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }))
        return start + wanted.count
    }

    private func definition(_ bytes: [UInt8]) throws -> TokenizerDefinition {
        try TokenizerDefinition(
            gguf: GGUFVocabulary(GGUFFile(bytes: MappedBytes(bytes), path: "model.gguf").metadata))
    }

    private func definitionUnlessRefused(_ bytes: [UInt8]) throws -> TokenizerDefinition? {
        do { return try definition(bytes) } catch is CheckpointError { return nil } catch is TokenizerError {
            return nil
        }
    }

    @Test(arguments: GoldenTwinTests.models)
    func `twins agree on the token that ends a text`(_ golden: GoldenFixtures.Model) throws {
        let directory = try #require(golden.directory)
        for file in [golden.file, directory] {
            let definition = try TokenizerDefinition(of: CheckpointReader.open(GoldenFixtures.url(file).path))
            #expect(definition.endOfTextToken == 2 && definition.endOfText.contains(2))
        }
    }

    @Test(arguments: ["bos", "eos"])
    func `a token that the file marks as missing is missing to model and tokenizer`(name: String) throws {
        var (bytes, _) = try golden()
        // Behind the key stands the type of its value, in four bytes.
        let place = try end(of: "tokenizer.ggml.\(name)_token_id", in: bytes) + 4
        for offset in 0..<4 { bytes[place + offset] = 0xFF }
        let definition = try definition(bytes)
        #expect((definition.beginningOfText == nil) == (name == "bos"))
        #expect((definition.endOfTextToken == nil) == (name == "eos"))
        let model = try GGUFModel(file: GGUFFile(bytes: MappedBytes(bytes), path: "model.gguf"))
        #expect((model.generationDefaults.beginToken == nil) == (name == "bos"))
    }

    @Test(.timeLimit(.minutes(5)), arguments: [1, 2, 3] as [UInt64])
    func `flipped bytes end in a tokenizer that works or in an error`(seed: UInt64) throws {
        let (whole, metadata) = try golden()
        var generator = SeededGenerator(seed: seed)
        var workingCount = 0
        for _ in 0..<60 {
            var bytes = whole
            for _ in 0..<generator.next(in: 1...3) {
                let place = generator.next(in: metadata.lowerBound...metadata.upperBound - 1)
                bytes[place] = UInt8(generator.next(in: 0...255))
            }
            guard let definition = try definitionUnlessRefused(bytes) else { continue }
            let tokenizer = BytePairTokenizer(definition)
            let tokens = tokenizer.encode(
                "The small model, 12 é<|im_end|>", specialTokens: .parsed, addsBeginning: true)
            #expect(tokens.allSatisfy { (0..<tokenizer.vocabularyCount).contains($0) })
            _ = tokenizer.decode(tokens, skipsSpecial: true)
            workingCount += 1
        }
        #expect(workingCount < 60)
    }

    @Test(.timeLimit(.minutes(5))) func `a file that is cut in its metadata is refused`() throws {
        let (whole, metadata) = try golden()
        for length in stride(from: metadata.lowerBound, to: metadata.upperBound, by: 61) {
            #expect(throws: CheckpointError.self, "cut to \(length) bytes") {
                try definition(Array(whole.prefix(length)))
            }
        }
    }
}
