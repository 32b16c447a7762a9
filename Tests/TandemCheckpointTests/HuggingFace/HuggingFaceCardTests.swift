import Foundation
import Testing

@testable import TandemCheckpoint

/// What a directory's `README.md` says about the licence, and that nothing in it keeps the model from being read.
struct HuggingFaceCardTests {
    private func open(_ card: [UInt8]) throws -> HuggingFaceDirectory {
        let tiny = try TinyDirectory()
        try tiny.write()
        try tiny.directory.write("README.md", card)
        return try tiny.open()
    }

    @Test(
        arguments: [
            ("---\nlicense: apache-2.0\n---\n# A model\n", "apache-2.0", nil),
            ("---\r\ntags:\r\n- tiny\r\nlicense: 'llama3.1' \r\n---\r\n", "llama3.1", nil),
            ("---\nlicense_name: unused\nlicense: \"mit\"\nlanguage: en\n---", "mit", nil),
            ("---\nlicense: mit # as ever\n---\n", "mit", nil),
            ("---\nlicense_name: tiny-research\nlicense: other\n---\n", "other", "tiny-research"),
            ("---\nlicense: other\n---\nlicense_name: tiny-research\n", "other", nil),
        ] as [(String, String?, String?)])
    func `the licence stands in the front matter`(card: String, license: String?, name: String?) throws {
        let model = try open(Array(card.utf8))
        #expect(model.license == license && model.licenseName == name)
    }

    static let odd = [
        "", "---", "---\n", "# A model\n\nlicense: mit\n", "\n---\nlicense: mit\n---\n",
        "---\nlicense: mit\n# No end\n", "----\nlicense: mit\n----\n", "---\nlicense:\n- mit\n- apache-2.0\n---\n",
        "---\nlicense: [mit, bsd]\n---\n", "---\nlicense:mit\n---\n", "---\n  license: mit\n---\n",
        "---\nlicense: |\n  mit\n---\n", "---\nlicense: \"mit\n---\n", "---\nlicense: \"\"\n---\n",
        "---\nlicense: \"a\\tb\"\n---\n", "---\nlicense: mit\u{1B}[2J\n---\n", "---\nlicense: mit\u{202E}\n---\n",
        "---\nlicense: &anchor mit\n---\n", "---\nlicense: # none\n---\n",
    ]

    @Test(arguments: odd) func `what is odd is as good as nothing said`(card: String) throws {
        let model = try open(Array(card.utf8))
        #expect(model.license == nil && model.licenseName == nil)
    }

    @Test(arguments: [(0, true), (1, false)]) func `a name is not endless`(surplus: Int, isRead: Bool) throws {
        let name = String(repeating: "x", count: HuggingFaceCard.lengthLimit + surplus)
        let model = try open(Array("---\nlicense: \(name)\n---\n".utf8))
        #expect(model.license == (isRead ? name : nil))
    }

    /// A text with bytes in it that are no text.
    private func bytes(_ beginning: String, _ odd: [UInt8], _ end: String = "") -> [UInt8] {
        Array(beginning.utf8) + odd + Array(end.utf8)
    }

    @Test func `a card need not be UTF-8, but what is taken from it must`() throws {
        let elsewhere = bytes("---\nlicense: mit\nauthor: Ren", [0xE9], "\n---\n")
        #expect(try open(elsewhere).license == "mit")
        #expect(try open(bytes("---\nlicense: mit\n---\n", [0xFF, 0xFE, 0x00])).license == "mit")
        #expect(try open(bytes("---\nlicense: caf", [0xE9], "\n---\n")).license == nil)
        #expect(try open([0xFF, 0xFE, 0x2D, 0x00, 0x2D, 0x00]).license == nil)
    }

    @Test func `only the beginning of a long card is looked at`() throws {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
        #expect(try open(bytes("---\nlicense: mit\n---\n", long)).license == "mit")
        #expect(try open(bytes("---\nlicense: mit\nabout: ", long, "\n---\n")).license == nil)
        // The limit may cut the line of dashes, or a character behind it.
        let opening = "---\nlicense: mit\nabout: "
        for cut in 0...6 {
            let count = HuggingFaceCard.byteLimit - opening.utf8.count - cut
            let filling = [UInt8](repeating: UInt8(ascii: "x"), count: count)
            let license = try open(bytes(opening, filling, "\n---\né")).license
            let expected: String? = cut < 4 ? nil : "mit"
            #expect(license == expected, "\(cut)")
        }
    }

    @Test func `a card that is no file, or none, is not missed`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        #expect(try tiny.open().license == nil)
        try FileManager.default.createDirectory(
            atPath: tiny.directory.file("README.md"), withIntermediateDirectories: false)
        #expect(try tiny.open().license == nil)
    }
}
