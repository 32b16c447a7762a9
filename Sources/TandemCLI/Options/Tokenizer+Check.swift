import TandemText

extension Tokenizer {
    /// Refuses ids that people or programs hand over and that are no tokens.
    ///
    /// - Parameters:
    ///   - ids: What they handed over.
    ///   - place: Where it stands.
    /// - Throws: ``CommandError`` that names the first one.
    func check(_ ids: some Sequence<Int>, place: String) throws {
        for id in ids where !(0..<vocabularyCount).contains(id) {
            throw CommandError(
                "\(place) names token \(id), but the tokenizer's tokens are 0 to \(vocabularyCount - 1).")
        }
    }
}
