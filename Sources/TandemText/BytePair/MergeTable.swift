/// Which neighbours merge, how early, and into what: an open-addressing hash table from pairs of token numbers.
struct MergeTable: Sendable {
    /// A merge as one number: its rank above, the token that it makes below. Smaller is earlier.
    typealias Entry = UInt64

    /// No merge.
    static let none = Entry.max

    private struct Slot: Sendable {
        var pair: UInt64
        var entry: Entry
    }

    private static let free = UInt64.max
    private let slots: [Slot]
    private let shift: UInt64

    /// A table of the given merges; of two for the same pair the later one counts.
    init(_ merges: [TokenizerDefinition.Merge]) {
        var bits: UInt64 = 4
        while 1 << bits < merges.count * 2 { bits += 1 }
        shift = 64 - bits
        let mask = 1 << Int(bits) - 1
        var slots = [Slot](repeating: Slot(pair: Self.free, entry: Self.none), count: 1 << Int(bits))
        for merge in merges {
            let pair = Self.pair(merge.left, merge.right)
            var slot = Self.slot(pair, shift)
            while slots[slot].pair != Self.free, slots[slot].pair != pair { slot = (slot + 1) & mask }
            slots[slot] = Slot(pair: pair, entry: UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.result)))
        }
        self.slots = slots
    }

    /// The merge of `left` with `right`, or ``none``.
    @inline(__always)
    func find(_ left: Int32, _ right: Int32) -> Entry {
        let pair = Self.pair(left, right)
        let mask = slots.count - 1
        var slot = Self.slot(pair, shift)
        while true {
            let found = slots[slot]
            if found.pair == pair { return found.entry }
            if found.pair == Self.free { return Self.none }
            slot = (slot + 1) & mask
        }
    }

    /// The rank in an entry.
    @inline(__always)
    static func rank(_ entry: Entry) -> UInt64 { entry >> 32 }

    /// The token that an entry makes.
    @inline(__always)
    static func result(_ entry: Entry) -> Int32 { Int32(truncatingIfNeeded: entry) }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func slot(_ pair: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}
