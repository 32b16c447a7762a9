import TandemCheckpoint
import Testing

@testable import TandemCLI

struct MemoryEstimateTests {
    @Test func `a row takes what its numbers take`() throws {
        let checkpoint = try CheckpointReader.open(Program.fixture("llama-f32.gguf"))
        func scratch(rows: Int) throws -> Int { try MemoryEstimate(checkpoint, context: 64, rows: rows).scratch }
        // Width 48, queries 48, keys and values 16 each, feed-forward 80: floats of 48 + 48 + 32 + 80 numbers; floats and
        // codes with scales, 4 + 1.5 bytes, of 48 + 48 + 80.
        #expect(try scratch(rows: 2) - scratch(rows: 1) == 4 * 208 + 968)
    }
}
