import Foundation
import TandemMath
import Testing

@testable import TandemCLI

struct NumberFileTests {
    private let numbers = Matrix(rows: 2, columns: 2, values: [1, -2, 0.5, 4])
    /// What the numbers are in a file.
    private let bytes: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0x80, 0x40]

    private func inNewFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func contents(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func `a file appears when it is finished`() throws {
        try inNewFolder { folder in
            let path = folder + "/logits.f32"
            let file = try NumberFile(path: path)
            try file.append(numbers)
            #expect(!FileManager.default.fileExists(atPath: path))
            try file.append(numbers)
            try file.finish()
            #expect(try names(folder) == ["logits.f32"])
            #expect(try contents(path) == bytes + bytes)
        }
    }

    @Test func `what was there stays until the new one is finished`() throws {
        try inNewFolder { folder in
            let path = folder + "/logits.f32"
            try Data([7]).write(to: URL(fileURLWithPath: path))
            do {
                let file = try NumberFile(path: path)
                try file.append(numbers)
                #expect(try contents(path) == [7])
            }
            #expect(try names(folder) == ["logits.f32"])
            #expect(try contents(path) == [7])
            let file = try NumberFile(path: path)
            try file.append(numbers)
            try file.finish()
            #expect(try contents(path) == bytes)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a pipe gets numbers as they come and stays a pipe`() throws {
        try inNewFolder { folder in
            let path = folder + "/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            // A writer waits for somebody who reads.
            let descriptor = open(path, O_RDONLY | O_NONBLOCK)
            try #require(descriptor >= 0)
            let reader = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do {
                let file = try NumberFile(path: path)
                try file.append(numbers)
                #expect(try reader.read(upToCount: bytes.count) == Data(bytes))
                try file.finish()
            }
            #expect(NumberFile.isStream(path))
            #expect(try names(folder) == ["pipe"])
        }
    }

    @Test func `what is no file is written as it is`() throws {
        for path in ["/dev/stdout", "/dev/fd/1", "/dev/null"] { #expect(NumberFile.isStream(path), "\(path)") }
        try inNewFolder { folder in
            let path = folder + "/logits.f32"
            #expect(!NumberFile.isStream(path))
            try Data().write(to: URL(fileURLWithPath: path))
            #expect(!NumberFile.isStream(path))
            let error = #expect(throws: CommandError.self) { try NumberFile(path: folder) }
            #expect(error?.description == "\(folder) cannot be written: Is a directory.")
            #expect(throws: (any Error).self) { try NumberFile(path: folder + "/missing/logits.f32") }
        }
    }
}
