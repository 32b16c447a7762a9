import Foundation

#if canImport(Darwin)
    typealias SignalHandler = (@convention(c) (Int32) -> Void)?
#else
    typealias SignalHandler = __sighandler_t?
#endif

/// A pipe from the handler of signals to a thread that may do anything about them.
struct SignalReader {
    /// Starts the thread; nil if there can be no pipe.
    ///
    /// - Parameter respond: Called with a signal's number, on the thread.
    init?(_ respond: @escaping @Sendable (Int32) -> Void) {
        let pipe = Pipe()
        guard pipe.fileHandleForReading.fileDescriptor >= 0, pipe.fileHandleForWriting.fileDescriptor >= 0 else {
            return nil
        }
        signalDescriptor = pipe.fileHandleForWriting.fileDescriptor
        let thread = Thread {
            // Neither end is ever closed: the thread holds the pipe, and ends with the process.
            while true {
                for number in pipe.fileHandleForReading.availableData { respond(Int32(number)) }
            }
        }
        thread.name = "tandem-signals"
        thread.start()
    }
}

/// Where ``writeSignal(_:)`` writes: set before it is in force.
nonisolated(unsafe) private var signalDescriptor: Int32 = -1

/// The handler of signals. It calls nothing but `write`, which is safe in a handler.
func writeSignal(_ number: Int32) {
    let before = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalDescriptor, &byte, 1)
    errno = before
}
