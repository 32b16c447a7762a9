/// What a pull is doing, for whoever shows it to a person.
public enum PullEvent: Sendable, Equatable {
    /// Another process is pulling the same model; this one waits for it.
    case waiting
    /// A way to the model is tried: a sentence's end, such as "the hub".
    case trying(String)
    /// That way failed and the next one comes.
    case fellBack(reason: String)
    /// A file begins, or begins again.
    case started(file: String, totalCount: Int?, resumedFrom: Int)
    /// So many bytes of that file are here.
    case advanced(byteCount: Int)
    /// The connection failed; it is tried again after a pause.
    case retrying(reason: String, after: Duration)
    /// The bytes are here and are being looked at.
    case checking(file: String)
    /// The file is whole and right.
    case finished(file: String)
}
