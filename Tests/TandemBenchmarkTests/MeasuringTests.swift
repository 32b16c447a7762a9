import TandemMath
import Testing

@testable import TandemBenchmark

struct MeasuringTests {
    private func series(_ values: [(Double, Double?)]) -> Series {
        var series = Series(name: "n", unit: "u")
        series.samples = values.map { Sample(value: $0.0, othersCores: $0.1) }
        return series
    }

    @Test func `a median is the middle value, or the mean of the two middle ones`() {
        #expect(Series.median(of: [5, 1, 3]) == 3)
        #expect(Series.median(of: [4, 1, 3, 2]) == 2.5)
        #expect(Series.median(of: []) == nil)
    }

    @Test func `disturbed measurements are left out while most are quiet`() {
        let mostlyQuiet = series([(10, 0), (11, 0.1), (3, 0.9)])
        #expect(mostlyQuiet.isTrusted && mostlyQuiet.median == 10.5)
        let disturbed = series([(10, 0), (4, 0.8), (3, 0.9)])
        #expect(!disturbed.isTrusted && disturbed.median == 4)
        let unknown = series([(10, nil), (12, nil)])
        #expect(unknown.isTrusted && unknown.median == 11)
    }

    @Test func `what others used is the machine's time without one's own`() {
        let start = ContinuousClock.now
        let before = ProcessorTime(instant: start, ownSeconds: 1, machineSeconds: 10)
        let after = ProcessorTime(instant: start + .seconds(2), ownSeconds: 3, machineSeconds: 13)
        #expect(after.coresUsedByOthers(since: before) == 0.5)
        // Clocks that tick differently may say that others used less than nothing.
        let fewer = ProcessorTime(instant: start + .seconds(2), ownSeconds: 3, machineSeconds: 11)
        #expect(fewer.coresUsedByOthers(since: before) == 0)
        let unknown = ProcessorTime(instant: start + .seconds(2), ownSeconds: 3, machineSeconds: nil)
        #expect(unknown.coresUsedByOthers(since: before) == nil)
    }

    @Test func `busy time counts neither idling nor waiting, but what was stolen`() {
        let text = "cpu  100 20 30 1000 500 4 6 40 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
        #expect(ProcessorTime.busySeconds(procStat: text, ticksPerSecond: 100) == 2)
        for broken in ["", "cpu 1 2", "intr 1 2 3 4 5 6 7 8 9", "cpu a b c d e f g h"] {
            #expect(ProcessorTime.busySeconds(procStat: broken, ticksPerSecond: 100) == nil)
        }
    }

    @Test func `this process's own time grows as it works`() {
        let before = ProcessorTime.now()
        var number: UInt64 = 1
        while ProcessorTime.now().ownSeconds <= before.ownSeconds {
            for _ in 0..<10_000 { number = number &* 6_364_136_223_846_793_005 }
        }
        #expect(number != 0)
    }

    @Test func `measurements take turns and the first round is thrown away`() throws {
        var order = ""
        var benchmark = InterleavedBenchmark()
        for name in ["a", "b", "c"] {
            benchmark.add(name, unit: "u") {
                order += name
                return Double(order.count)
            }
        }
        var progress: [Int] = []
        let all = try benchmark.run(rounds: 2) { progress.append($0) }
        #expect(order == "abcbcacab")
        #expect(all.map(\.name) == ["a", "b", "c"])
        #expect(all.map { $0.samples.map(\.value) } == [[6, 8], [4, 9], [5, 7]])
        #expect(progress == Array(1...9) && benchmark.measurementCount(rounds: 2) == 9)
    }

    @Test(arguments: [1, 2], [4, 68, 1 << 18, 1 << 18 | 4, 700_000])
    func `a probe reads every byte once`(threadCount: Int, byteCount: Int) {
        let probe = MemoryProbe(byteCount: byteCount)
        let expected = stride(from: 0, to: byteCount / 4, by: 16).reduce(UInt32(0)) { $0 ^ UInt32($1) }
        #expect(probe.byteCount == byteCount)
        #expect(probe.read(pool: ComputePool(threadCount: threadCount)) == expected)
    }
}
