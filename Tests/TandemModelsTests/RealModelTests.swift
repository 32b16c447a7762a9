import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// The same promises on a real model. They run where `TANDEM_TEST_MODEL` names one.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] != nil))
struct RealModelTests {
    private static let length = 300

    @Test func `three hundred tokens leave the same bits in any split, company, and after a shared beginning`() throws {
        let path = ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] ?? ""
        let two = try Reader(CheckpointReader.open(path), threads: 2)
        let one = Reader(two.model, threads: 1)
        let vocabulary = two.model.configuration.vocabularyCount
        let tokens = randomTokens(Self.length, below: vocabulary, seed: 1)
        let expected = try two.readAlone(tokens)
        let splits =
            [[Self.length], [128, 1]] + (0..<6).map { randomPieces(Self.length, upTo: 1 << ($0 + 2), seed: UInt64($0)) }
        for (index, pieces) in splits.enumerated() {
            let reader = index % 2 == 0 ? one : two
            let found = try reader.read(tokens, into: two.model.makeCache(capacity: Self.length), pieces: pieces)
            found.expect(expected, "\(pieces), \(reader.pool.threadCount) threads")
        }
        // Beside two strangers, in a cache whose beginning is shared and whose end was something else before.
        let cache = two.model.makeCache(capacity: Self.length)
        _ = try two.read(Array(tokens.prefix(140)) + randomTokens(60, below: vocabulary, seed: 2), into: cache)
        cache.truncate(to: 140)
        let fork = cache.fork()
        let stranger = two.model.makeCache(capacity: 400)
        var found = [Reading(), Reading()]
        for start in stride(from: 140, to: Self.length, by: 20) {
            let piece = Array(tokens[start..<start + 20])
            let readings = try two.pass([
                (stranger, randomTokens(17, below: vocabulary, seed: UInt64(start))), (cache, piece), (fork, piece),
            ])
            found[0].append(readings[1])
            found[1].append(readings[2])
        }
        for reading in found { reading.expect(expected.suffix(from: 140), "beside strangers, after a fork") }
    }
}
