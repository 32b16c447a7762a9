import CTandemKernels
import TandemMath
import Testing

/// Attention over pages: right, and the same bits however rows are cut.
struct AttentionTests {
    /// Blocks of seven: rows see memory up to a multiple of seven, and their own rows from there on.
    private static func sevens(_ position: Int) -> Int { position / 7 * 7 }

    @Test(arguments: [(2, 1, 8), (4, 2, 16), (6, 2, 20), (3, 3, 2), (5, 1, 64)])
    func `one source equals a softmax in Double within the bound of its roundings`(
        heads: Int, keyValueHeads: Int, width: Int
    ) {
        let fixture = AttentionFixture(
            count: 131, headCount: heads, keyValueHeadCount: keyValueHeads, width: width, seed: 1)
        let found = fixture.attend([0..<131])
        for position in [0, 1, 15, 16, 100, 126, 127, 128, 130] {
            check(found[position], fixture.oracle(position: position, blockStart: 0), "position \(position)")
        }
    }

    @Test func `two sources equal a softmax over both`() {
        let fixture = AttentionFixture(count: 270, headCount: 2, keyValueHeadCount: 1, width: 8, seed: 2)
        let layouts: [(Int) -> Int] = [Self.sevens, { $0 }, { min($0, 128) }, { $0 / 130 * 130 }, { max($0 - 140, 0) }]
        for (index, blocks) in layouts.enumerated() {
            let found = fixture.attend([0..<270], blocks: blocks)
            for position in [0, 1, 6, 7, 8, 127, 128, 129, 133, 200, 255, 256, 269] {
                check(
                    found[position], fixture.oracle(position: position, blockStart: blocks(position)),
                    "layout \(index), position \(position)")
            }
        }
    }

    @Test(arguments: [false, true])
    func `any split of the rows, any threads and any instruction set give the same bits`(hasMemory: Bool) {
        let fixture = AttentionFixture(count: 300, headCount: 6, keyValueHeadCount: 2, width: 8, seed: 3)
        let blocks = hasMemory ? Self.sevens : nil
        let alone = InstructionSets.with(TK_ISA_PORTABLE) {
            (0..<300).flatMap { fixture.attend([$0..<$0 + 1], blocks: blocks) }
        }
        var splits: [[Range<Int>]] = [[0..<300], [0..<127, 127..<128, 128..<129, 129..<300]]
        splits += [2, 3, 5, 15, 16, 17, 40].map { size in
            stride(from: 0, to: 300, by: size).map { $0..<min($0 + size, 300) }
        }
        for set in InstructionSets.available {
            InstructionSets.with(set) {
                for (index, split) in splits.enumerated() {
                    let oneByOne = split.flatMap { fixture.attend([$0], blocks: blocks, threads: 1) }
                    #expect(oneByOne == alone, "split \(index), instruction set \(set.rawValue)")
                    // All runs in one plan, as if they were as many conversations.
                    let together = fixture.attend(split, blocks: blocks, threads: 1 + index % 3)
                    #expect(together == alone, "split \(index) together, instruction set \(set.rawValue)")
                }
            }
        }
    }

    @Test func `a long context is the same for a row alone and among others`() {
        let fixture = AttentionFixture(count: 1_000, headCount: 2, keyValueHeadCount: 1, width: 4, seed: 4)
        let whole = fixture.attend([0..<1_000], threads: 2)
        for position in [0, 127, 128, 511, 512, 998, 999] {
            #expect(fixture.attend([position..<position + 1]) == [whole[position]], "position \(position)")
        }
        #expect(fixture.attend([993..<1_000], threads: 2) == Array(whole[993...]))
        check(whole[999], fixture.oracle(position: 999, blockStart: 0), "position 999")
    }

    @Test(arguments: [120, 128, 130])
    func `what stands beyond the end of a cache does not matter`(count: Int) {
        for blocks in [nil, Self.sevens] {
            let clean = AttentionFixture(count: count, headCount: 2, keyValueHeadCount: 1, width: 8, seed: 5)
            let soiled = AttentionFixture(
                count: count, headCount: 2, keyValueHeadCount: 1, width: 8, seed: 5, garbage: true)
            for run in [0..<count, count - 1..<count, count - 12..<count] {
                let found = soiled.attend([run], blocks: blocks)
                #expect(found == clean.attend([run], blocks: blocks))
                #expect(found.joined().allSatisfy { Float(bitPattern: $0).isFinite })
            }
        }
    }

    @Test func `partial results of an earlier pass do not matter`() {
        // Rows on both sides of the edge of a page: some see nothing of the second one.
        let fixture = AttentionFixture(count: 140, headCount: 2, keyValueHeadCount: 1, width: 8, seed: 6)
        let expected = fixture.attend([120..<136])
        let scratch = AttentionScratch()
        let bad = AttentionFixture(count: 140, headCount: 2, keyValueHeadCount: 1, width: 8, seed: 7)
        bad.queries.fill(with: .nan)
        _ = bad.attend([125..<140], scratch: scratch)
        #expect(fixture.attend([120..<136], scratch: scratch) == expected)
    }

    private func check(_ bits: [UInt32], _ oracle: [(value: Double, bound: Double)], _ place: String) {
        #expect(bits.count == oracle.count)
        for (channel, (found, expected)) in zip(bits, oracle).enumerated() {
            let error = abs(Double(Float(bitPattern: found)) - expected.value)
            #expect(error <= expected.bound, "\(place), channel \(channel): \(expected.value)")
        }
    }
}
