import Synchronization
import Tandem

/// An answer that may be stopped before it has begun.
final class StoppableStream: Sendable {
    private struct State {
        var stream: TokenStream?
        var isStopped = false
    }

    private let state = Mutex(State())

    /// The answer that is to be stopped begins.
    func begin(_ stream: TokenStream) {
        let isStopped = state.withLock { state in
            state.stream = stream
            return state.isStopped
        }
        if isStopped { stream.stop() }
    }

    /// Stops it, now or once it begins.
    func stop() {
        let stream = state.withLock { state in
            state.isStopped = true
            return state.stream
        }
        stream?.stop()
    }
}
