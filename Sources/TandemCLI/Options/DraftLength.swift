import ArgumentParser
import Tandem

/// How many tokens are guessed at once, as it is typed: a number, `auto`, or `router`, which may have a threshold after a
/// colon.
struct DraftLength: ExpressibleByArgument, Hashable {
    /// The engine's terms.
    let length: GenerationRequest.Drafting.Length

    /// The longest draft that a policy may make of itself.
    static let maximum = 8
    /// As far as it pays.
    static let automatic = DraftLength(length: .costAware(maximum: maximum))

    init(length: GenerationRequest.Drafting.Length) { self.length = length }

    init?(argument: String) {
        if argument == "auto" {
            length = .costAware(maximum: Self.maximum)
        } else if let count = Int(argument), (1...64).contains(count) {
            length = .fixed(count)
        } else if argument == "router" {
            length = .router(threshold: 0.5, maximum: Self.maximum)
        } else if argument.hasPrefix("router:"), let threshold = Float(argument.dropFirst(7)),
            (0...1).contains(threshold)
        {
            length = .router(threshold: threshold, maximum: Self.maximum)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { length.word }
    static var allValueStrings: [String] { ["a number from 1 to 64", "auto", "router"] }
}
