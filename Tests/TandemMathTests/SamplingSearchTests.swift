import TandemMath
import Testing

struct SamplingSearchTests {
    private static func row(_ count: Int, salt: Int) -> Matrix {
        let values = (0..<count).map { index in Float((index &* 2_654_435_761 &+ salt &* 97) & 0xff) / 16 }
        return Matrix(rows: 1, columns: count, values: values)
    }

    @Test func `the greatest columns are those of a full sort`() {
        for count in [1, 2, 63, 64, 65, 200, 1000] {
            for wanted in [0, 1, 2, 5, 16, 100, 2000] {
                let row = Self.row(count, salt: wanted)
                let sorted = (0..<count).sorted { (row[0, $0], $1) > (row[0, $1], $0) }
                let expected = sorted.prefix(wanted).sorted().map { UInt32($0) }
                #expect(Kernels.greatestColumns(of: row, row: 0, count: wanted) == expected)
            }
        }
    }

    @Test func `columns above a threshold are found in order`() {
        for count in [0, 1, 15, 16, 17, 100] {
            let row = Self.row(count, salt: 4)
            let expected = (0..<count).filter { row[0, $0] >= 8 }.map { UInt32($0) }
            #expect(Kernels.columns(of: row, row: 0, atLeast: 8) == expected)
        }
    }

    @Test func `what is not a number is never among the greatest`() {
        let row = Matrix(rows: 1, columns: 4, values: [.nan, 1, -.infinity, 2])
        #expect(Kernels.greatestColumns(of: row, row: 0, count: 2) == [1, 3])
        #expect(Kernels.greatestColumns(of: row, row: 0, count: 3) == [1, 2, 3])
    }

    @Test func `masses below a threshold are added and counted`() {
        for count in [0, 1, 15, 16, 17, 1024, 1500] {
            let keys = Self.row(count, salt: 9).values
            let masses = (0..<count).map { Float($0 % 5) / 4 }
            let (mass, found) = Kernels.mass(of: masses, withKeys: keys, below: 7.5)
            let expected = (0..<count).filter { keys[$0] < 7.5 }
            // Quarters, so that every sum is exact.
            #expect(found == expected.count && mass == expected.reduce(0) { $0 + Double(masses[$1]) })
        }
    }
}
