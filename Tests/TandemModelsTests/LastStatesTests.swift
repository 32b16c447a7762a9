import TandemMath
import Testing

@testable import TandemModels

struct LastStatesTests {
    /// Appends rows that hold `value` + their number among these.
    private func append(_ count: Int, _ value: Float, to states: LastStates) {
        states.append(rows: count) { page, row, part in
            for place in part { page[row + place - part.lowerBound, 0] = value + Float(place) }
        }
    }

    private func values(_ states: LastStates) -> [Float] {
        let row = Matrix(rows: 1, columns: states.width)
        return (0..<states.count).map { position in
            states.copyRow(position, to: row, at: 0)
            return row[0, 0]
        }
    }

    private func expected(_ ranges: (count: Int, value: Float)...) -> [Float] {
        ranges.flatMap { range in (0..<range.count).map { range.value + Float($0) } }
    }

    @Test func `rows go from page to page in their order`() {
        let states = LastStates(width: 3)
        append(100, 0, to: states)
        append(300, 1_000, to: states)
        append(0, 5_000, to: states)
        #expect(values(states) == expected((100, 0), (300, 1_000)))
        #expect(states.byteCount == 4 * LastStates.pageLength * 3 * 4)
    }

    @Test func `what is dropped is written anew`() {
        let states = LastStates(width: 1)
        append(200, 0, to: states)
        states.truncate(to: 500)
        #expect(states.count == 200)
        states.truncate(to: 130)
        append(10, 1_000, to: states)
        #expect(values(states) == expected((130, 0), (10, 1_000)))
        states.truncate(to: -1)
        #expect(states.count == 0)
    }

    @Test(arguments: [0, 1, 127, 128, 129, 256, 300]) func `a fork and its origin do not see each other's rows`(
        count: Int
    ) {
        let origin = LastStates(width: 2)
        append(300, 0, to: origin)
        let fork = origin.fork(count: count)
        #expect(values(fork) == expected((count, 0)))
        append(200, 1_000, to: fork)
        #expect(values(origin) == expected((300, 0)))
        origin.truncate(to: 100)
        append(200, 5_000, to: origin)
        #expect(values(fork) == expected((count, 0), (200, 1_000)))
        #expect(values(origin) == expected((100, 0), (200, 5_000)))
    }

    @Test func `a fork has no more rows than there are`() {
        let origin = LastStates(width: 1)
        append(5, 0, to: origin)
        #expect(origin.fork(count: 9).count == 5)
        #expect(LastStates(width: 0).fork(count: 9).count == 0)
    }
}
