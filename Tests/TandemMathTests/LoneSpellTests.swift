import Testing

@testable import TandemMath

struct LoneSpellTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A worker that has its core for three milliseconds and then waits for it for as long, again and again.
    private func sharesItsCore(_ spell: inout LoneSpell, from start: UInt64, for duration: UInt64) -> UInt64 {
        var now = start
        var lone: UInt64 = 0
        while now < start + duration {
            if spell.isLone({ now }) {
                now += Self.millisecond
                lone += Self.millisecond
            } else {
                now += 3 * Self.millisecond
                spell.recordStall(from: now, to: now + 3 * Self.millisecond)
                now += 3 * Self.millisecond
            }
        }
        return lone
    }

    @Test func `who waits for half of its time works alone, for longer and longer`() {
        var spell = LoneSpell()
        let start = 1_000 * Self.millisecond
        let first = sharesItsCore(&spell, from: start, for: 200 * Self.millisecond)
        #expect(first > 100 * Self.millisecond)
        let later = sharesItsCore(&spell, from: start + 200 * Self.millisecond, for: 5_000 * Self.millisecond)
        #expect(later > 4_800 * Self.millisecond, "Trying again costs little.")
    }

    @Test func `a hiccup now and then changes nothing`() {
        var spell = LoneSpell()
        var now = 1_000 * Self.millisecond
        for _ in 0..<500 {
            now += 30 * Self.millisecond
            #expect(!spell.isLone { now })
            spell.recordStall(from: now, to: now + 3 * Self.millisecond)
            now += 3 * Self.millisecond
        }
    }

    @Test func `two hiccups of a whole slice of the system's time change nothing`() {
        var spell = LoneSpell()
        var now = 1_000 * Self.millisecond
        for _ in 0..<100 {
            now += 100 * Self.millisecond
            for _ in 0..<2 {
                #expect(!spell.isLone { now })
                spell.recordStall(from: now, to: now + 6 * Self.millisecond)
                now += 7 * Self.millisecond
            }
        }
        #expect(spell.end == 0)
    }

    @Test func `waiting for the rest of a chunk is no stall`() {
        var spell = LoneSpell()
        for start in stride(from: 1_000 * Self.millisecond, to: 1_100 * Self.millisecond, by: 500_000) {
            spell.recordStall(from: start, to: start + 400_000)
        }
        #expect(spell.end == 0)
    }

    @Test func `spells are short again once a worker has its core`() {
        var spell = LoneSpell()
        let start = 1_000 * Self.millisecond
        _ = sharesItsCore(&spell, from: start, for: 10_000 * Self.millisecond)
        var now = start + 60_000 * Self.millisecond
        #expect(!spell.isLone { now })
        for _ in 0..<3 {
            now += 3 * Self.millisecond
            spell.recordStall(from: now, to: now + 3 * Self.millisecond)
            now += 3 * Self.millisecond
        }
        #expect(spell.isLone { now })
        #expect(!spell.isLone { now + LoneSpell.shortest })
        #expect(spell.end == 0, "The clock is not read outside of spells.")
    }
}
