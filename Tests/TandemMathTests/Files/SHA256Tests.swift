import TandemMath
import Testing

struct SHA256Tests {
    /// The examples of FIPS 180-2's appendix B, and the empty text.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `published examples`(text: String, expected: String) {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        #expect(hash.hexadecimal() == expected)
    }

    @Test func `the way in which bytes are cut does not matter`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 31) }
        var whole = SHA256()
        whole.update(bytes)
        for size in [1, 3, 55, 56, 63, 64, 65, 128, 299] {
            var parts = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                parts.update(Array(bytes[start..<min(bytes.count, start + size)]))
            }
            #expect(parts.digest() == whole.digest(), "pieces of \(size)")
        }
    }

    /// Two hundred lengths, each hashed into one: every way of padding, against the value that Python's hashlib gives.
    @Test func `every length is padded as it must be`() {
        var all = SHA256()
        for length in 0..<200 {
            var one = SHA256()
            one.update((0..<length).map { UInt8(truncatingIfNeeded: $0) })
            all.update(one.digest())
        }
        #expect(all.hexadecimal() == "ba7b0fcea7d10c06b855b43d2b4dce1e3e842fff6be0acefb0faf4f2dd05bb47")
    }
}
