import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What is known of the place that output goes to.
struct Terminal: Sendable {
    /// Whether a person is likely to watch: lines may be drawn over.
    var isInteractive: Bool
    /// Whether colours are wanted.
    var hasColours: Bool
    /// Characters in a line.
    var width: Int

    /// Standard error: where progress goes, so that results can be piped.
    static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO) }

    /// Standard output: where results go.
    static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO) }

    private init(descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        // https://no-color.org: any value but the empty one turns colours off.
        hasColours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        width = Self.width(of: descriptor) ?? environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// A terminal as a test wants it.
    init(isInteractive: Bool, hasColours: Bool, width: Int) {
        self.isInteractive = isInteractive
        self.hasColours = hasColours
        self.width = width
    }

    /// The present width of a terminal; it changes when its window does.
    private static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
