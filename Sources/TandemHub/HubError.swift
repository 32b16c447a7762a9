import TandemJSON

/// Why a model could not be found, fetched or stored. Every description ends with what to do.
public enum HubError: Error, Sendable, Equatable {
    /// A model's name has characters or a length that the store does not take.
    case invalidName(String)
    /// Neither a catalogue name, nor `hf:…`, nor a web address.
    case invalidSource(String, reason: String)
    /// An environment variable or option has a value that cannot be used.
    case invalidSetting(name: String, reason: String)
    /// A name that is not in the store and not in the catalogue.
    case unknownModel(String, pulled: [String], offered: [String], suggestion: String?)
    /// A path that leads to no model.
    case noModel(path: String, reason: String)
    /// The name is in use for a model from elsewhere.
    case nameTaken(String, source: String)
    /// A server or an archive gave a file name that must not be used on this machine.
    case unsafeFileName(String, origin: String)
    /// The server answered with an error.
    case refused(status: Int, address: String, explanation: String)
    /// The repository has no such file.
    case noSuchFile(String, repository: String, near: [String])
    /// The repository holds nothing that can be run, or more than one thing.
    case unusableRepository(String, reason: String)
    /// The server said something that makes no sense.
    case malformedAnswer(address: String, reason: String)
    /// A redirect that is not followed.
    case badRedirect(address: String, reason: String)
    /// Two sources disagree about how long a file is.
    case sizeMismatch(file: String, expected: Int, announced: Int)
    /// The bytes are not those that were promised.
    case checksumMismatch(file: String, expected: String, found: String)
    /// Attempts were used up.
    case gaveUp(address: String, reason: String, keptCount: Int)
    /// The disk has no room.
    case noRoom(path: String, needed: Int, free: Int)
    /// A file of the store could not be read, written or moved.
    case fileFailure(path: String, reason: String)
    /// A helper program failed.
    case programFailure(program: String, reason: String)
    /// Every source of a catalogue entry failed.
    case everySourceFailed(String, reasons: [String])
}

extension HubError: CustomStringConvertible {
    /// One or two sentences for people; the last one says what to do.
    public var description: String {
        switch self {
        case .invalidName(let name):
            "\(quoted(name)) cannot name a model: use up to 100 small letters, digits, '.', '-' and '_', "
                + "beginning with a letter or digit."
        case .invalidSource(let text, let reason):
            "\(quoted(text)) is no source of a model: \(reason). "
                + "Give a catalogue name, hf:OWNER/REPO[/FILE][@REVISION], or the web address of a GGUF file."
        case .invalidSetting(let name, let reason):
            "\(name) \(reason)."
        case .unknownModel(let name, let pulled, let offered, let suggestion):
            unknownModelDescription(name, pulled: pulled, offered: offered, suggestion: suggestion)
        case .noModel(let path, let reason):
            "\(path) \(reason). A model is a name that was pulled, a GGUF file, or a directory with config.json."
        case .nameTaken(let name, let source):
            "The name \(name) is taken by the model from \(source). Give another with --name, "
                + "or remove that one first: tandem models remove \(name)"
        case .unsafeFileName(let name, let origin):
            "\(origin) names a file \(quoted(name)), which is not safe to create here. "
                + "Nothing was written; do not trust this source."
        case .refused(let status, let address, let explanation):
            "\(address) answered with status \(status): \(explanation)."
        case .noSuchFile(let file, let repository, let near):
            near.isEmpty
                ? "\(repository) has no file \(quoted(file)), nor one like it."
                : "\(repository) has no file \(quoted(file)). Near to it: \(near.joined(separator: ", "))."
        case .unusableRepository(let repository, let reason):
            "\(repository) \(reason)."
        case .malformedAnswer(let address, let reason):
            "\(address) gave an answer that makes no sense: \(reason). Try again later, or another source."
        case .badRedirect(let address, let reason):
            "\(address) redirects to where this program does not follow: \(reason). Check the address."
        case .sizeMismatch(let file, let expected, let announced):
            "\(file) should have \(expected) bytes, but the server announces \(announced). "
                + "Nothing was kept; the source has changed or is broken."
        case .checksumMismatch(let file, let expected, let found):
            "\(file) has SHA-256 \(found), but should have \(expected). "
                + "Nothing was kept; the source has changed, or something on the way alters files."
        case .gaveUp(let address, let reason, let keptCount):
            "\(address) could not be fetched: \(reason). "
                + (keptCount > 0
                    ? "\(keptCount) bytes are kept; run the same command again to go on from there."
                    : "Check the connection and run the same command again.")
        case .noRoom(let path, let needed, let free):
            "\(path) has room for \(free) bytes, but \(needed) more are needed. "
                + "Free some space, or choose another place with TANDEM_HOME."
        case .fileFailure(let path, let reason):
            "\(path): \(reason)."
        case .programFailure(let program, let reason):
            "\(program): \(reason)."
        case .everySourceFailed(let name, let reasons):
            "\(name) could not be had from any of its sources:\n" + reasons.map { "  - \($0)" }.joined(separator: "\n")
        }
    }
}

private func unknownModelDescription(
    _ name: String, pulled: [String], offered: [String], suggestion: String?
) -> String {
    var text = "There is no model \(quoted(name))."
    if let suggestion { text += " Did you mean \(suggestion)?" }
    text += pulled.isEmpty ? "\nNone was pulled yet." : "\nPulled: \(pulled.joined(separator: ", "))."
    if !offered.isEmpty {
        text += "\nTo be had with 'tandem pull NAME': \(offered.joined(separator: ", "))."
    }
    return text + "\nA GGUF file, a directory with config.json and hf:OWNER/REPO work too."
}
