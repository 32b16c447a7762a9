import TandemMath

/// An endless supply of text in a made-up language: sentences about a subject, whose words depend on what was said before.
///
/// For models that must be trained in seconds. A document has a topic, hidden in its first words; a sentence is a subject,
/// a verb that agrees with it, an object of the topic, and now and then the object of the sentence before. So there is
/// something to gain from a long memory, which a model of one layer has a hard time to keep.
///
///     var language = TinyLanguage(seed: 1)
///     language.document(length: 64)   // 64 tokens below TinyLanguage.vocabularyCount
public struct TinyLanguage: Sendable {
    /// Tokens of the language.
    public static let vocabularyCount = 128

    private static let topicCount = 8
    private static let subjectCount = 16
    private static let objectCount = 8
    // Token 0 ends a sentence; then come topics, subjects, verbs (a form for each topic) and objects.
    private static let firstTopic = 1
    private static let firstSubject = firstTopic + topicCount
    private static let firstVerb = firstSubject + subjectCount
    private static let firstObject = firstVerb + topicCount * 4
    private static let because = vocabularyCount - 1

    private var generator: SeededGenerator

    /// Text from a seed.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The next document, of exactly so many tokens.
    public mutating func document(length: Int) -> [Int] {
        let topic = generator.next(in: 0...Self.topicCount - 1)
        var tokens = [Self.firstTopic + topic]
        var objects: [Int] = []
        var subject = generator.next(in: 0...Self.subjectCount - 1)
        while tokens.count < length {
            // A subject is often the next of the one before.
            subject =
                generator.nextUnit() < 0.7
                ? (subject + 1) % Self.subjectCount : generator.next(in: 0...Self.subjectCount - 1)
            tokens.append(Self.firstSubject + subject)
            tokens.append(Self.firstVerb + topic * 4 + (subject + objects.count) % 4)
            let object = (subject * 3 + topic + (generator.nextUnit() < 0.2 ? 1 : 0)) % Self.objectCount
            tokens.append(Self.firstObject + topic % 4 * Self.objectCount + object)
            if let earlier = objects.last, generator.nextUnit() < 0.4 {
                tokens += [Self.because, earlier]
            }
            objects.append(tokens[tokens.count - 1])
            tokens.append(0)
        }
        return Array(tokens.prefix(length))
    }

    /// Writes documents as a token file, all but each one's first token marked.
    ///
    /// - Throws: `MappedFileError` if the file cannot be written.
    public mutating func write(documentCount: Int, length: Int, to path: String) throws {
        let writer = try TokenFileWriter(
            path: path, vocabularyCount: Self.vocabularyCount, tokenizerFingerprint: "tiny language")
        for _ in 0..<documentCount { try writer.append(document(length: length)) }
        try writer.finish()
    }
}
