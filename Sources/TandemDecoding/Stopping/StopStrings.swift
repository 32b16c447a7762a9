/// Looks for stop strings in text that comes in pieces, and lets through what can no longer become part of one.
///
/// The first stop string to be complete wins, character by character, so that it does not matter where the pieces
/// end; of several that end together the longest.
///
///     var search = StopStrings(["END"])
///     search.append("the E")    // "the "   ("E" is held back)
///     search.append("agle EN")  // "Eagle "
///     search.append("D.")       // "", found
struct StopStrings {
    private let strings: [[UInt8]]
    private var held: [UInt8] = []
    /// The one that was found.
    private(set) var found: String?

    init(_ strings: [String]) {
        // Longest first, so that the first match at a place is the longest.
        self.strings = strings.map { Array($0.utf8) }.sorted { $0.count > $1.count }
    }

    /// Takes the next piece and returns the text that is certain. After a stop string nothing is.
    mutating func append(_ piece: String) -> String {
        guard found == nil else { return "" }
        guard !strings.isEmpty else { return piece }
        for byte in piece.utf8 {
            held.append(byte)
            for string in strings where string.last == byte && held.hasSuffix(string) {
                found = String(decoding: string, as: UTF8.self)
                held.removeLast(string.count)
                return flush()
            }
        }
        return release(keeping: longestBeginning())
    }

    /// The text that was held back, when no more comes.
    mutating func flush() -> String { release(keeping: 0) }

    private mutating func release(keeping count: Int) -> String {
        let text = String(decoding: held.dropLast(count), as: UTF8.self)
        held.removeFirst(held.count - count)
        return text
    }

    /// How many bytes at the end may be the beginning of a stop string.
    private func longestBeginning() -> Int {
        var longest = 0
        for string in strings {
            var count = min(string.count - 1, held.count)
            while count > longest {
                if held.suffix(count).elementsEqual(string.prefix(count)) { longest = count }
                count -= 1
            }
        }
        return longest
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ other: [UInt8]) -> Bool {
        count >= other.count && suffix(other.count).elementsEqual(other)
    }
}
