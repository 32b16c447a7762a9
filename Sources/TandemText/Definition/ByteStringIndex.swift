/// Finds byte strings of a ``StringTable``: an open-addressing hash table of their numbers.
///
/// It holds no bytes itself; the table it was made for is passed to every call. A look-up takes any slice of any array,
/// so that text is searched for where it lies.
struct ByteStringIndex: Sendable, Equatable {
    /// The string's number plus one, and 0 where nothing is; beside it the high half of the hash.
    private struct Slot: Sendable, Equatable {
        var number: UInt32
        var check: UInt32
    }

    private var slots: [Slot]
    private let mask: Int

    /// An index with room for `capacity` strings.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(number: 0, check: 0), count: size)
        mask = size - 1
    }

    /// A hash of the bytes in `range`.
    @inline(__always)
    static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for position in range { hash = (hash ^ UInt64(bytes[position])) &* 0x0000_0100_0000_01B3 }
        // FNV mixes upwards only; fold the high bits back before they pick a slot.
        hash ^= hash >> 32
        return hash &* 0x9E37_79B9_7F4A_7C15
    }

    /// The number of the string equal to `bytes[range]`.
    @inline(__always)
    func find(_ bytes: [UInt8], _ range: Range<Int>, in table: StringTable) -> Int? {
        let hash = Self.hash(bytes, range)
        let check = UInt32(truncatingIfNeeded: hash)
        var slot = Int(hash >> 32) & mask
        while true {
            let entry = slots[slot]
            guard entry.number != 0 else { return nil }
            if entry.check == check {
                let number = Int(entry.number) - 1
                if Self.equal(bytes, range, table.bytes, table.range(number)) { return number }
            }
            slot = (slot + 1) & mask
        }
    }

    /// Adds the table's string `number`; returns the number of an equal string that is there already, and adds nothing.
    mutating func insert(_ number: Int, of table: StringTable) -> Int? {
        let range = table.range(number)
        let hash = Self.hash(table.bytes, range)
        let check = UInt32(truncatingIfNeeded: hash)
        var slot = Int(hash >> 32) & mask
        while slots[slot].number != 0 {
            if slots[slot].check == check {
                let other = Int(slots[slot].number) - 1
                if Self.equal(table.bytes, range, table.bytes, table.range(other)) { return other }
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Slot(number: UInt32(number + 1), check: check)
        return nil
    }

    @inline(__always)
    private static func equal(_ a: [UInt8], _ first: Range<Int>, _ b: [UInt8], _ second: Range<Int>) -> Bool {
        guard first.count == second.count else { return false }
        for offset in 0..<first.count where a[first.lowerBound + offset] != b[second.lowerBound + offset] {
            return false
        }
        return true
    }
}
