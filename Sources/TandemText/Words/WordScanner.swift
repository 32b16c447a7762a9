/// Cuts text into the words that byte-level models merge within.
///
/// A hand-written form of the regular expressions in ``PreTokenizerPattern``: leftmost match, alternatives in order,
/// greedy, with the backtracking that the patterns can do worked out in advance. Every character belongs to a word.
///
///     "It's 42  bits" →  "It" "'s" " 42" " " " bits"     // GPT-2
///     "It's 42  bits" →  "It" "'s" " " "42" " " " bits"  // Llama 3
struct WordScanner {
    private let preTokenizer: PreTokenizer

    init(_ preTokenizer: PreTokenizer) {
        self.preTokenizer = preTokenizer
    }

    /// Where the word that begins at `start` ends. `start < end`, and text beyond `end` is not looked at.
    @inline(__always)
    func wordEnd(_ text: CharacterReader, from start: Int, to end: Int) -> Int {
        switch preTokenizer {
        case .gpt2: gpt2(text, start, end, isolatesDigits: false)
        case .smolLM: gpt2(text, start, end, isolatesDigits: true)
        case .llama3: llama3(text, start, end, numberLength: 3)
        case .qwen2: llama3(text, start, end, numberLength: 1)
        }
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    ///
    /// Where digits are isolated, a number is a word of one character and otherwise acts as the end of the text,
    /// because the text was cut there before the expression saw it.
    @inline(__always)
    private func gpt2(_ text: CharacterReader, _ start: Int, _ end: Int, isolatesDigits: Bool) -> Int {
        let lead = text.bytes[start]
        if lead == UInt8(ascii: "'"), let length = contraction(text, start, end, ignoresCase: false) {
            return start + length
        }
        var (kind, next) = text.read(start)
        if lead == UInt8(ascii: " "), next < end {
            let (following, afterFollowing) = text.read(next)
            if following != .whitespace, !(isolatesDigits && following == .number) {
                (kind, next) = (following, afterFollowing)
            }
        }
        switch kind {
        case .number where isolatesDigits: return next
        case .whitespace: return whitespaceEnd(text, start, next, end, isolatesDigits: isolatesDigits)
        default: return runEnd(text, of: kind, next, end)
        }
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    @inline(__always)
    private func llama3(_ text: CharacterReader, _ start: Int, _ end: Int, numberLength: Int) -> Int {
        let lead = text.bytes[start]
        if lead == UInt8(ascii: "'"), let length = contraction(text, start, end, ignoresCase: true) {
            return start + length
        }
        let (kind, next) = text.read(start)
        switch kind {
        case .letter:
            return runEnd(text, of: .letter, next, end)
        case .number:
            return numberEnd(text, next, end, remaining: numberLength - 1)
        case .other:
            // One symbol joins the letters after it; else symbols stay together, with the newlines that follow.
            if next < end, text.read(next).kind == .letter { return runEnd(text, of: .letter, next, end) }
            return newlinesEnd(text, runEnd(text, of: .other, next, end), end)
        case .whitespace:
            if next < end {
                let (following, afterFollowing) = text.read(next)
                if following == .letter, !Self.isNewline(lead) {
                    return runEnd(text, of: .letter, afterFollowing, end)
                }
                if following == .other, lead == UInt8(ascii: " ") {
                    return newlinesEnd(text, runEnd(text, of: .other, afterFollowing, end), end)
                }
            }
            return lastNewlineEnd(text, start, end) ?? whitespaceEnd(text, start, next, end, isolatesDigits: false)
        }
    }

    /// The end of the run of characters of one class that continues at `position`.
    @inline(__always)
    private func runEnd(_ text: CharacterReader, of kind: CharacterClass, _ position: Int, _ end: Int) -> Int {
        var position = position
        while position < end {
            let (found, next) = text.read(position)
            guard found == kind else { break }
            position = next
        }
        return position
    }

    private func numberEnd(_ text: CharacterReader, _ position: Int, _ end: Int, remaining: Int) -> Int {
        var (position, remaining) = (position, remaining)
        while remaining > 0, position < end {
            let (found, next) = text.read(position)
            guard found == .number else { break }
            position = next
            remaining -= 1
        }
        return position
    }

    /// `\s+(?!\S)|\s+`: all the white space before the end of the text; before anything else, all but the last
    /// character of it, which is left for the word that follows, unless it is alone.
    private func whitespaceEnd(
        _ text: CharacterReader, _ start: Int, _ next: Int, _ end: Int, isolatesDigits: Bool
    ) -> Int {
        var (last, position) = (start, next)
        while position < end {
            let (found, afterFound) = text.read(position)
            guard found == .whitespace else {
                return last == start || (isolatesDigits && found == .number) ? position : last
            }
            (last, position) = (position, afterFound)
        }
        return position
    }

    /// `\s*[\r\n]+`: through the last newline of the white space at `start`; `nil` if it has none.
    private func lastNewlineEnd(_ text: CharacterReader, _ start: Int, _ end: Int) -> Int? {
        var (position, found) = (start, Int?.none)
        while position < end {
            let (kind, next) = text.read(position)
            guard kind == .whitespace else { break }
            if Self.isNewline(text.bytes[position]) { found = next }
            position = next
        }
        return found
    }

    /// `[\r\n]*`
    private func newlinesEnd(_ text: CharacterReader, _ position: Int, _ end: Int) -> Int {
        var position = position
        while position < end, Self.isNewline(text.bytes[position]) { position += 1 }
        return position
    }

    @inline(__always)
    private static func isNewline(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The length in bytes of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`.
    private func contraction(_ text: CharacterReader, _ start: Int, _ end: Int, ignoresCase: Bool) -> Int? {
        func letter(_ distance: Int) -> UInt8 {
            guard start + distance < end else { return 0 }
            let byte = text.bytes[start + distance]
            return ignoresCase && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
        }
        switch letter(1) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        case UInt8(ascii: "r") where letter(2) == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "v") where letter(2) == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "l") where letter(2) == UInt8(ascii: "l"): return 3
        // Case folding makes the long s, U+017F, an s.
        case 0xC5 where ignoresCase && letter(2) == 0xBF: return 3
        default: return nil
        }
    }
}
