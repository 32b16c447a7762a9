import Synchronization

/// Collects what is reported from any thread.
final class Events<Event: Sendable>: Sendable {
    private let collected = Mutex<[Event]>([])

    func add(_ event: Event) { collected.withLock { $0.append(event) } }
    var all: [Event] { collected.withLock { $0 } }
}
