import Synchronization
import Testing

@testable import TandemMath

struct ComputePoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func `every chunk runs exactly once`(threadCount: Int) {
        let pool = ComputePool(threadCount: threadCount)
        #expect(pool.threadCount == threadCount)
        for chunkCount in [0, 1, 2, 3, 7, 64, 1000] {
            let counts = Counters(count: chunkCount)
            pool.run(chunkCount: chunkCount) { counts.increment($0) }
            #expect(counts.values == [Int](repeating: 1, count: chunkCount))
        }
    }

    @Test func `thousands of regions one after the other lose nothing`() {
        let pool = ComputePool(threadCount: 3)
        let total = Atomic<Int>(0)
        for region in 0..<5_000 {
            let factor = region & 3
            pool.run(chunkCount: 1 + region % 7) { total.add(factor + $0, ordering: .relaxed) }
        }
        var expected = 0
        for region in 0..<5_000 { for chunk in 0..<(1 + region % 7) { expected += (region & 3) + chunk } }
        #expect(total.load(ordering: .relaxed) == expected)
    }

    @Test func `what the chunks wrote is there when the region returns`() {
        let pool = ComputePool(threadCount: 2)
        let cells = UnsafeMutablePointer<Int>.allocate(capacity: 64)
        defer { cells.deallocate() }
        cells.initialize(repeating: 0, count: 64)
        for region in 1...500 {
            // Plain reads and writes: the pool orders them, or the thread sanitizer complains.
            pool.run(chunkCount: 64) { cells[$0] += region }
            pool.run(chunkCount: 64) { cells[63 - $0] -= 1 }
        }
        let expected = 500 * 501 / 2 - 500
        #expect((0..<64).allSatisfy { cells[$0] == expected })
    }

    @Test func `workers that went to sleep are woken`() {
        let pool = ComputePool(threadCount: 2)
        for _ in 0..<20 {
            let counts = Counters(count: 16)
            pool.run(chunkCount: 16) { counts.increment($0) }
            #expect(counts.values.allSatisfy { $0 == 1 })
            // Longer than a worker spins; the processor is busy elsewhere meanwhile.
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .nanoseconds(3 * Int64(ComputePool.spinDuration)) {}
        }
    }

    @Test func `a region inside a region runs on its own thread in order`() {
        let pool = ComputePool(threadCount: 2)
        let sums = Counters(count: 8)
        pool.run(chunkCount: 8) { outer in
            var order: [Int] = []
            pool.run(chunkCount: 5) { order.append($0) }
            if order == [0, 1, 2, 3, 4] { sums.increment(outer) }
        }
        #expect(sums.values == [Int](repeating: 1, count: 8))
    }

    @Test func `several threads may use one pool`() async {
        let pool = ComputePool(threadCount: 2)
        let total = Total()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 { pool.run(chunkCount: 9) { total.add($0) } }
                }
            }
        }
        #expect(total.value == 4 * 200 * (0..<9).reduce(0, +))
    }

    @Test func `ranges cover the elements once`() {
        let pool = ComputePool(threadCount: 2)
        for (count, grain) in [(0, 4), (1, 4), (4, 4), (10, 4), (100, 7)] {
            let counts = Counters(count: count)
            pool.run(over: count, grain: grain) { range in
                for index in range { counts.increment(index) }
            }
            #expect(counts.values == [Int](repeating: 1, count: count))
        }
    }

    @Test func `pools come and go`() {
        for _ in 0..<50 {
            let pool = ComputePool(threadCount: 4)
            let counts = Counters(count: 4)
            pool.run(chunkCount: 4) { counts.increment($0) }
            #expect(counts.values == [1, 1, 1, 1])
        }
    }
}

struct DefaultThreadCountTests {
    @Test func `there is at least one thread`() {
        #expect(ComputePool.defaultThreadCount >= 1)
    }

    @Test func `a control group's quota is read in processors`() {
        #expect(processorQuota(fromMaximum: "200000 100000\n") == 2)
        #expect(processorQuota(fromMaximum: "150000 100000\n") == 1.5)
        #expect(processorQuota(fromMaximum: "max 100000\n") == nil)
        #expect(processorQuota(fromMaximum: "-1\n 100000\n") == nil)
        #expect(processorQuota(fromMaximum: "") == nil)
    }

    @Test func `the limits of all enclosing groups are looked at`() {
        #expect(foldersToRoot("/a/b") == ["/a/b", "/a", ""])
        #expect(foldersToRoot("/") == [""])
    }

    @Test func `a list of processors is read`() {
        #expect(numbersInList("0-1\n") == [0, 1])
        #expect(numbersInList("\t0-2,5,76-77\n") == [0, 1, 2, 5, 76, 77])
        #expect(numbersInList("12,76\n") == [12, 76])
        #expect(numbersInList("\n") == [])
        #expect(numbersInList("3-1") == [])
    }
}

/// A counter for each index, in plain memory: the pool itself must keep its chunks apart.
private final class Counters: @unchecked Sendable {
    private let cells: UnsafeMutableBufferPointer<Int>

    init(count: Int) {
        cells = .allocate(capacity: count)
        cells.initialize(repeating: 0)
    }

    deinit { cells.deallocate() }

    func increment(_ index: Int) { cells[index] += 1 }

    var values: [Int] { Array(cells) }
}

/// A sum that many threads add to.
private final class Total: Sendable {
    private let sum = Atomic<Int>(0)

    func add(_ value: Int) { sum.add(value, ordering: .relaxed) }

    var value: Int { sum.load(ordering: .relaxed) }
}
