/// Remembers the tokens of words that came before.
///
/// Only words of up to 15 bytes, which are nearly all that repeat: such a word, with its length, is two integers. The cache
/// begins small, grows to a fixed bound, and is emptied when that is full.
struct WordCache: Sendable {
    /// A word as two integers.
    struct Key: Sendable, Equatable {
        fileprivate var low: UInt64
        fileprivate var high: UInt64

        /// The key of `text[range]`, which has 1 to ``WordCache/longestWord`` bytes.
        @inline(__always)
        init(_ text: [UInt8], _ range: Range<Int>) {
            low = 0
            high = UInt64(range.count) << 56
            var shift: UInt64 = 0
            for position in range.lowerBound..<min(range.upperBound, range.lowerBound + 8) {
                low |= UInt64(text[position]) &<< shift
                shift += 8
            }
            guard range.count > 8 else { return }
            shift = 0
            for position in range.lowerBound + 8..<range.upperBound {
                high |= UInt64(text[position]) &<< shift
                shift += 8
            }
        }

        @inline(__always)
        fileprivate var hash: UInt64 {
            let mixed = (low ^ (high &* 0xD6E8_FEB8_6659_FD93)) &* 0x9E37_79B9_7F4A_7C15
            return mixed ^ (mixed >> 32)
        }
    }

    private struct Slot: Sendable {
        var key: Key
        /// The token, if there is one; else where the tokens begin.
        var start: Int32
        /// The number of tokens; -1 where the slot is free.
        var count: Int32
    }

    static let longestWord = 15
    private static let largestSize = 1 << 15

    private var slots: [Slot]
    private var tokens: [Int32] = []
    private var count = 0
    private let empty: Slot

    init() {
        var key = Key([0], 0..<1)
        key.high = 0
        empty = Slot(key: key, start: 0, count: -1)
        slots = [Slot](repeating: empty, count: 1 << 10)
    }

    /// Appends the tokens of the word to `output`; `false` if it is not known.
    @inline(__always)
    func append(_ key: Key, to output: inout [Int]) -> Bool {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key.hash) & mask
        while true {
            let slot = slots[index]
            if slot.key == key {
                if slot.count == 1 {
                    output.append(Int(slot.start))
                } else {
                    for position in Int(slot.start)..<Int(slot.start + slot.count) {
                        output.append(Int(tokens[position]))
                    }
                }
                return true
            }
            if slot.count < 0 { return false }
            index = (index + 1) & mask
        }
    }

    /// Remembers a word that is not known yet.
    mutating func insert(_ key: Key, _ symbols: [Int32]) {
        if count * 2 >= slots.count { makeRoom() }
        var slot = Slot(key: key, start: 0, count: Int32(symbols.count))
        if symbols.count == 1 {
            slot.start = symbols[0]
        } else {
            slot.start = Int32(tokens.count)
            tokens.append(contentsOf: symbols)
        }
        place(slot)
        count += 1
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: slot.key.hash) & mask
        while slots[index].count >= 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private mutating func makeRoom() {
        guard slots.count < Self.largestSize else {
            self = WordCache()
            return
        }
        let old = slots
        slots = [Slot](repeating: empty, count: old.count * 4)
        for slot in old where slot.count >= 0 { place(slot) }
    }
}
