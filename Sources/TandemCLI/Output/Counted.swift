extension Int {
    /// The number with its noun: "1 layer", "30 layers".
    func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
