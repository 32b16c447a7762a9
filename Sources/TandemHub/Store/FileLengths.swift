/// Whether lengths of files can be true: damaged records and servers that lie give any number, and sums of them overflow.
enum FileLengths {
    /// A petabyte, hundreds of times the largest model.
    static let limit = 1 << 50

    /// Whether no length is negative, and all together are no longer than anything can be.
    static func arePossible(_ lengths: some Sequence<Int>) -> Bool {
        var rest = limit
        for length in lengths {
            guard (0...rest).contains(length) else { return false }
            rest -= length
        }
        return true
    }
}
