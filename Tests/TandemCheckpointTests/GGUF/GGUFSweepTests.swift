import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// Whatever happens to a file, reading it ends in a value or an error.
struct GGUFSweepTests {
    @Test func `a file that is cut anywhere before its last tensor's end is refused`() throws {
        let whole = GGUFRuleTests.good.bytes
        for length in 0..<whole.count {
            #expect(throws: CheckpointError.self, "cut to \(length) bytes") {
                try GGUFFile(bytes: MappedBytes(Array(whole.prefix(length))), path: "model.gguf")
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `flipped bytes never trap`(seed: UInt64) throws {
        let whole = TinyGGUF.llama().bytes
        // Header and directory decide what is read; the tensors behind them are numbers of any value.
        let directory = min(whole.count, 1_800)
        var generator = SplitMix(state: seed)
        for _ in 0..<1_500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<directory, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let file = try? GGUFFile(bytes: MappedBytes(bytes), path: "model.gguf") else { continue }
            for key in file.metadata.keys {
                _ = try? file.metadata.strings(key)
                _ = try? file.metadata.integers(key)
                _ = try? file.metadata.floats(key)
                _ = try? file.metadata.bools(key)
                _ = try? file.metadata.string(key)
                _ = try? file.metadata.integer(key)
            }
            guard let model = try? GGUFModel(file: file) else { continue }
            for (path, shape) in model.configuration.parameters {
                #expect(try model.tensor(path).shape == shape)
            }
        }
    }

    @Test func `every byte of the header set to its extremes never traps`() throws {
        let whole = GGUFRuleTests.good.bytes
        for position in 0..<256 {
            for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[position] = value
                _ = try? GGUFFile(bytes: MappedBytes(bytes), path: "model.gguf")
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `fields set to numbers that break careless readers never trap`(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let numbers: [Int64] = [
            0, 1, -1, 2, 31, 32, 63, 255, 256, 1 << 31, 1 << 32, 1 << 61, 1 << 62, .max, .min, .max - 31, -32,
        ]
        for _ in 0..<600 {
            var file = TinyGGUF.llama()
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let number = numbers[Int.random(in: 0..<numbers.count, using: &generator)]
                let tensor = Int.random(in: 0..<file.tensors.count, using: &generator)
                let pair = Int.random(in: 0..<file.pairs.count, using: &generator)
                switch Int.random(in: 0..<9, using: &generator) {
                case 0: file.tensorCount = number
                case 1: file.pairCount = number
                case 2: file.tensors[tensor].dimensions[0] = number
                case 3: file.tensors[tensor].dimensions.append(number)
                case 4: file.tensors[tensor].offset = UInt64(bitPattern: number)
                case 5: file.tensors[tensor].type = UInt32(truncatingIfNeeded: number)
                case 6: file.tensors[tensor].dimensionCount = UInt32(truncatingIfNeeded: number)
                case 7: file.pairs[pair].type = UInt32(truncatingIfNeeded: number)
                default: file.pairs[pair].value = littleEndian(number)
                }
            }
            guard let opened = try? file.open(), let model = try? GGUFModel(file: opened) else { continue }
            for (path, shape) in model.configuration.parameters { #expect(try model.tensor(path).shape == shape) }
        }
    }
}
