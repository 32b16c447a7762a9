import Foundation
import TandemMath
import Testing

struct ReplacementFileTests {
    private func inNewDirectory(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    private func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test func `the file has its name only after the commit`() throws {
        try inNewDirectory { directory in
            let path = directory + "/file"
            let file = try ReplacementFile(path: path)
            try file.write([1, 2])
            try file.write(MappedBytes([3]))
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(file.count == 3)
            try file.commit()
            #expect(try names(directory) == ["file"])
            #expect(try MappedFile(path: path).bytes.array == [1, 2, 3])
        }
    }

    @Test func `without a commit nothing stays, and what was there does`() throws {
        try inNewDirectory { directory in
            let path = directory + "/file"
            let first = try ReplacementFile(path: path)
            try first.write([1])
            try first.commit()
            do {
                let second = try ReplacementFile(path: path)
                try second.write([2, 2])
            }
            #expect(try names(directory) == ["file"])
            #expect(try MappedFile(path: path).bytes.array == [1])
        }
    }

    @Test func `errors say what did not work`() throws {
        try inNewDirectory { directory in
            let missing = directory + "/no/such/file"
            let writing = #expect(throws: MappedFileError.self) { try ReplacementFile(path: missing) }
            #expect(writing?.description == "\(missing) cannot be written: No such file or directory.")
            let reading = #expect(throws: MappedFileError.self) { try MappedFile(path: missing) }
            #expect(reading?.description == "\(missing) cannot be opened: No such file or directory.")
            let directoryItself = #expect(throws: MappedFileError.self) { try MappedFile(path: directory) }
            #expect(directoryItself?.description.contains("not a regular file") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a named pipe is refused without waiting for its writer`() throws {
        try inNewDirectory { directory in
            let path = directory + "/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            let error = #expect(throws: MappedFileError.self) { try MappedFile(path: path) }
            #expect(error?.description.contains("not a regular file") == true)
        }
    }
}
