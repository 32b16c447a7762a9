#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The terminal at standard input, in the modes that a conversation needs. Its own mode comes back at the end.
final class RawTerminal: Sendable {
    private let original: termios

    /// `nil` if standard input or output is no terminal.
    init?() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
            return nil
        }
        original = settings
    }

    deinit { restore() }

    /// Every key comes at once and by itself, Ctrl-C too: for editing.
    func beginEditing() {
        var settings = original
        settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
        set(settings)
    }

    /// Keys are neither shown nor lost, and Ctrl-C interrupts: while an answer is being written.
    func beginListening() {
        var settings = original
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON)
        set(settings)
    }

    /// As it was.
    func restore() { set(original) }

    /// As it was, without waiting for what is still being written: before a signal ends the program.
    ///
    /// In the background the terminal is somebody else's, and is left alone.
    func restoreAtOnce() {
        guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return }
        var settings = original
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        // The editor may have asked for it.
        try? StandardOutput.write(LineEditor.pasteEnd)
    }

    private func set(_ settings: termios) {
        var settings = settings
        while tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) != 0, errno == EINTR {}
    }

    /// The next byte; `nil` at the end of input, or if none comes within `timeout`.
    func readByte(timeout: Duration? = nil) -> UInt8? {
        if let timeout {
            var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(timeout / .milliseconds(1))
            #if canImport(Darwin)
                guard Darwin.poll(&poll, 1, milliseconds) > 0 else { return nil }
            #elseif canImport(Musl)
                guard Musl.poll(&poll, 1, milliseconds) > 0 else { return nil }
            #else
                guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return nil }
            #endif
        }
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    /// Columns and rows of the window.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
