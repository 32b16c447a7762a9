import TandemMath

/// The large model's last states of one conversation, normalised: a row for each position that is memory.
///
/// In pages, so that growing moves nothing and takes little from the system at a time, and that a fork shares the pages that are
/// full. (One block for the greatest context would be given in huge pages: each conversation would first wait until two
/// megabytes are zeroed.)
final class LastStates {
    /// Numbers in a row; 0 if the small model does not use these states, and then there are no rows.
    let width: Int
    /// How many rows there are.
    private(set) var count = 0
    private var pages: [Matrix] = []
    /// Rows of a page.
    static let pageLength = 128

    init(width: Int) { self.width = width }

    /// Bytes of memory that it takes now, shared pages included.
    var byteCount: Int { pages.count * LastStates.pageLength * width * MemoryLayout<Float>.stride }

    /// Adds rows. `write` is called for each page with where in it they go and which of the new ones those are.
    func append(rows: Int, _ write: (_ page: Matrix, _ row: Int, _ part: Range<Int>) -> Void) {
        var written = 0
        while written < rows {
            let (index, row) = (count / LastStates.pageLength, count % LastStates.pageLength)
            makeOwn(index, keeping: row)
            let part = written..<min(rows, written + LastStates.pageLength - row)
            write(pages[index], row, part)
            count += part.count
            written = part.upperBound
        }
    }

    /// Copies the row of a position.
    func copyRow(_ position: Int, to matrix: Matrix, at row: Int) {
        precondition(position >= 0 && position < count, "There is no state of position \(position).")
        matrix.copyRows(
            1, from: pages[position / LastStates.pageLength], at: position % LastStates.pageLength, to: row)
    }

    /// Drops all rows from position `count` on. Their pages stay for the next rows.
    func truncate(to count: Int) { self.count = max(0, min(count, self.count)) }

    /// The first `count` rows, for another conversation.
    func fork(count: Int) -> LastStates {
        let fork = LastStates(width: width)
        fork.count = min(count, self.count)
        fork.pages = Array(pages.prefix((fork.count + LastStates.pageLength - 1) / LastStates.pageLength))
        return fork
    }

    /// Makes sure that a page is there and that no fork reads it; of one that a fork reads the first rows are copied.
    private func makeOwn(_ index: Int, keeping rows: Int) {
        if index < pages.count, isKnownUniquelyReferenced(&pages[index]) { return }
        let page = Matrix(rows: LastStates.pageLength, columns: width)
        if index < pages.count {
            page.copyRows(rows, from: pages[index])
            pages[index] = page
        } else {
            pages.append(page)
        }
    }
}
