/// What a person did at the keyboard.
enum Key: Equatable {
    case text(String)
    /// Text from the clipboard, line ends included, when the terminal says so.
    case paste(String)
    case enter
    /// Enter with Alt: another line.
    case lineBreak
    case backspace, delete
    case left, right, up, down, home, end, wordLeft, wordRight
    case deleteWordBackward, deleteWordForward, deleteToEnd, deleteToStart
    case interrupt, endOfInput, clearScreen
}

/// Makes keys of the bytes that a terminal sends.
///
/// Bytes may come one by one or many at once. An escape character is the beginning of a sequence unless nothing follows
/// soon, which only a clock can tell: the caller asks ``isInsideSequence`` and calls ``forgetSequence()`` then.
struct KeyDecoder {
    private enum State: Equatable {
        case ground
        case character(bytes: [UInt8], length: Int)
        case escape
        case control(parameters: String)
        case applicationControl
        case paste(bytes: [UInt8])
    }

    private var state = State.ground
    private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

    /// Whether an escape sequence has begun and not ended.
    var isInsideSequence: Bool {
        switch state {
        case .escape, .control, .applicationControl: true
        case .ground, .character, .paste: false
        }
    }

    /// The escape key was pressed by itself, which means nothing here.
    mutating func forgetSequence() { if isInsideSequence { state = .ground } }

    /// Takes a byte; returns the key that it completes.
    mutating func decode(_ byte: UInt8) -> Key? {
        switch state {
        case .ground: return begin(byte)
        case .character(var bytes, let length):
            guard byte & 0xC0 == 0x80 else {
                state = .ground
                return begin(byte)
            }
            bytes.append(byte)
            guard bytes.count == length else {
                state = .character(bytes: bytes, length: length)
                return nil
            }
            state = .ground
            return String(validating: bytes, as: UTF8.self).map(Key.text)
        case .escape: return escaped(byte)
        case .applicationControl:
            state = .ground
            return Self.key(final: byte, parameters: "")
        case .control(let parameters):
            guard (0x40...0x7E).contains(byte) else {
                // A sequence that does not end is none.
                state =
                    parameters.utf8.count < 32
                    ? .control(parameters: parameters + String(Unicode.Scalar(byte))) : .ground
                return nil
            }
            state = .ground
            if byte == UInt8(ascii: "~"), parameters == "200" {
                state = .paste(bytes: [])
                return nil
            }
            return Self.key(final: byte, parameters: parameters)
        case .paste(var bytes):
            bytes.append(byte)
            guard bytes.count >= Self.pasteEnd.count, bytes.suffix(Self.pasteEnd.count) == Self.pasteEnd[...] else {
                state = .paste(bytes: bytes)
                return nil
            }
            state = .ground
            return .paste(String(decoding: bytes.dropLast(Self.pasteEnd.count), as: UTF8.self))
        }
    }

    private mutating func begin(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x01: return .home
        case 0x02: return .left
        case 0x03: return .interrupt
        case 0x04: return .endOfInput
        case 0x05: return .end
        case 0x06: return .right
        case 0x08, 0x7F: return .backspace
        case 0x0A, 0x0D: return .enter
        case 0x0B: return .deleteToEnd
        case 0x0C: return .clearScreen
        case 0x0E: return .down
        case 0x10: return .up
        case 0x15: return .deleteToStart
        case 0x17: return .deleteWordBackward
        case 0x1B:
            state = .escape
            return nil
        case 0x00..<0x20: return nil
        case 0x20..<0x7F: return .text(String(Unicode.Scalar(byte)))
        case 0xC2..<0xE0: state = .character(bytes: [byte], length: 2)
        case 0xE0..<0xF0: state = .character(bytes: [byte], length: 3)
        case 0xF0..<0xF5: state = .character(bytes: [byte], length: 4)
        default: break
        }
        return nil
    }

    private mutating func escaped(_ byte: UInt8) -> Key? {
        state = .ground
        switch byte {
        case UInt8(ascii: "["): state = .control(parameters: "")
        case UInt8(ascii: "O"): state = .applicationControl
        case UInt8(ascii: "b"): return .wordLeft
        case UInt8(ascii: "f"): return .wordRight
        case UInt8(ascii: "d"): return .deleteWordForward
        case 0x7F, 0x08: return .deleteWordBackward
        case 0x0A, 0x0D: return .lineBreak
        case 0x1B: state = .escape
        default: break
        }
        return nil
    }

    private static func key(final byte: UInt8, parameters: String) -> Key? {
        // "1;5" is with Ctrl, "1;3" with Alt.
        let isModified = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch byte {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isModified ? .wordRight : .right
        case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters.prefix(while: { $0 != ";" }) {
            case "1", "7": return .home
            case "3": return isModified ? .deleteWordForward : .delete
            case "4", "8": return .end
            default: return nil
            }
        default: return nil
        }
    }
}
