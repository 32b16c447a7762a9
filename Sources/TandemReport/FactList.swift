/// Names with a value each: on which machine, with which model, how often.
public struct FactList: Sendable, Hashable {
    /// One of them.
    public struct Fact: Sendable, Hashable {
        /// What it is.
        public var name: String
        /// What is the case.
        public var value: String

        /// A fact.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they are shown.
    public var facts: [Fact]

    /// A list.
    public init(_ facts: [Fact] = []) { self.facts = facts }

    /// Adds a fact.
    public mutating func add(_ name: String, _ value: String) { facts.append(Fact(name, value)) }

    var html: String {
        let rows = facts.map { "<dt>\(HTMLText.escaped($0.name))</dt><dd>\(HTMLText.escaped($0.value))</dd>" }
        return "<dl>\n\(rows.joined(separator: "\n"))\n</dl>"
    }
}
