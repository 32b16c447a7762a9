/// A 128-bit hash that is the same on every machine and in every run. It tells things apart; it does not withstand someone
/// who wants two to look the same.
struct StableHash {
    private var first: UInt64 = 0xCBF2_9CE4_8422_2325
    private var second: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Adds a string of bytes, and that it ends here.
    mutating func combine(_ bytes: some Sequence<UInt8>) {
        var count = 0
        for byte in bytes {
            mix(UInt64(byte))
            count += 1
        }
        combine(count)
    }

    /// Adds a number.
    mutating func combine(_ number: Int) {
        mix(UInt64(bitPattern: Int64(number)))
    }

    private mutating func mix(_ value: UInt64) {
        first = (first ^ value) &* 0x0000_0100_0000_01B3
        first ^= first >> 29
        second = (second &+ value) &* 0xD6E8_FEB8_6659_FD93
        second ^= second >> 32
    }

    /// 32 hexadecimal digits.
    var text: String {
        [first, second].map { value in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
