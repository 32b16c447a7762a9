import TandemJSON
import TandemMath

/// JSONL: an object a line.
extension TrainingText {
    /// What is wrong with a line: a clause without its full stop.
    struct Flaw: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// An object, with getters that tell an absent member (nil) from one of another type.
    struct Line {
        private let value: JSONValue

        fileprivate init(_ value: JSONValue) { self.value = value }

        func text(_ name: String) throws(Flaw) -> String? {
            guard let member = value[name] else { return nil }
            guard let text = member.text else { throw Flaw("\(quoted(name)) has another type") }
            return text
        }

        func texts(_ name: String) throws(Flaw) -> [String]? {
            guard let member = value[name] else { return nil }
            let texts = member.elements?.compactMap(\.text)
            guard let texts, texts.count == member.elements?.count else {
                throw Flaw("\(quoted(name)) has another type")
            }
            return texts
        }

        func messages() throws(Flaw) -> [TrainingConversation.Message]? {
            guard let member = value["messages"] else { return nil }
            guard let elements = member.elements else { throw Flaw("\"messages\" has another type") }
            var messages: [TrainingConversation.Message] = []
            for element in elements {
                let line = Line(element)
                guard let role = try line.text("role"), let content = try line.text("content") else {
                    throw Flaw("a message lacks its role or its content")
                }
                messages.append(.init(role: role, content: content))
            }
            return messages
        }
    }

    /// Reads all lines of a file but blank ones.
    ///
    /// - Throws: ``TrainingError`` with file, line and an example of what is wanted.
    static func lines<Value>(
        of path: String, example: String, read: (Line) throws(Flaw) -> Value
    ) throws -> [Value] {
        let bytes = try MappedFile(path: path).bytes.array
        guard !bytes.starts(with: [0x1f, 0x8b]) else {
            throw TrainingError("\(path) is compressed. Unpack it first: gunzip --keep \(path)")
        }
        var result: [Value] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
            do throws(Flaw) {
                guard let value = try? JSONValue(parsing: Array(line)), value.members != nil else {
                    throw Flaw("it is not a JSON object")
                }
                result.append(try read(Line(value)))
            } catch {
                throw TrainingError("\(path), line \(index + 1): \(error.reason). A line looks like \(example)")
            }
        }
        guard !result.isEmpty else { throw TrainingError("\(path) has no lines. A line looks like \(example)") }
        return result
    }
}
