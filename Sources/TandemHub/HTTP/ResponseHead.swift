import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Status and header fields of an answer.
struct ResponseHead: Sendable {
    let address: URL
    let status: Int
    private let fields: [String: String]

    init(address: URL, status: Int, fields: [String: String]) {
        self.address = address
        self.status = status
        self.fields = fields.reduce(into: [:]) { $0[$1.key.lowercased()] = $1.value }
    }

    init(_ response: HTTPURLResponse, address: URL) {
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String { fields[name] = value }
        }
        self.init(address: address, status: response.statusCode, fields: fields)
    }

    /// The value of a header field, whatever the capitals in its name.
    subscript(name: String) -> String? { fields[name.lowercased()] }

    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

    var contentLength: Int? { self["Content-Length"].flatMap(Self.count) }

    /// The validator for `If-Range`: a strong entity tag, or a date if there is no tag.
    var validator: String? {
        if let tag = self["ETag"] { return tag.hasPrefix("W/") || tag.isEmpty ? nil : tag }
        return self["Last-Modified"]
    }

    /// Whether the end of the body can be told from a connection that broke.
    var marksItsEnd: Bool {
        contentLength != nil || self["Transfer-Encoding"]?.lowercased().contains("chunked") == true
    }

    /// `Content-Range`: where the body belongs, and how long the whole is.
    var contentRange: (start: Int?, total: Int?)? {
        guard let text = self["Content-Range"]?.lowercased(), text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let bounds = parts[0].split(separator: "-", maxSplits: 1)
        return (bounds.count == 2 ? Self.count(String(bounds[0])) : nil, Self.count(String(parts[1])))
    }

    /// How long the server asks to wait.
    func retryAfter(now: Date) -> Duration? {
        guard let text = self["Retry-After"] else { return nil }
        if let seconds = Self.count(text) { return .seconds(min(seconds, 1_000_000)) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = formatter.date(from: text) else { return nil }
        return .seconds(min(max(0, date.timeIntervalSince(now)), 1_000_000))
    }

    /// A plain decimal number; nothing else counts as one.
    private static func count(_ text: String) -> Int? {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(trimmed)
    }
}

/// What the hub says about a file that it keeps elsewhere, on the redirect that leads there.
struct LinkedFile: Sendable, Equatable {
    var byteCount: Int?
    var sha256: String?

    init() {}

    init(_ head: ResponseHead) {
        byteCount = head["X-Linked-Size"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let tag = head["X-Linked-ETag"]?.trimmingCharacters(in: CharacterSet(charactersIn: "\"")).lowercased()
        // Small files carry a Git object's name there, which is shorter.
        if let tag, Checksum.isSHA256(tag) { sha256 = tag }
    }
}
