/// Text from a file as it may be shown: in quotation marks, control characters escaped, not endless.
///
/// A name in a hostile file could otherwise move a terminal's cursor or fill a log.
public func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars.prefix(80) {
        let category = scalar.properties.generalCategory
        let isHidden =
            category == .control || category == .format || category == .lineSeparator
            || category == .paragraphSeparator || category == .privateUse || category == .unassigned
        shown += isHidden ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return shown + (text.unicodeScalars.dropFirst(80).isEmpty ? "\"" : "…\"")
}
