import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// Whatever happens to the small files of a directory, reading it ends in a model or in an error.
struct HuggingFaceSweepTests {
    /// A directory with all files that are read as JSON, and their bytes.
    private func directory() throws -> (tiny: TinyDirectory, files: [(name: String, bytes: [UInt8])]) {
        let tiny = try TinyDirectory()
        try tiny.write()
        try tiny.directory.write(
            "generation_config.json",
            #"{"eos_token_id":[2,4],"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.9,"repetition_penalty":1.1}"#
        )
        try tiny.directory.write(
            "tokenizer_config.json", #"{"chat_template":[{"name":"default","template":"{{ x }}"}],"eos_token":"</s>"}"#)
        let names = ["config.json", "generation_config.json", "tokenizer_config.json"]
        return (tiny, try names.map { (name: $0, bytes: try MappedFile(path: tiny.directory.file($0)).bytes.array) })
    }

    /// Opens the model and takes every weight from it; whether there was one.
    private func works(_ tiny: TinyDirectory) throws -> Bool {
        let model: HuggingFaceDirectory
        do { model = try tiny.open() } catch is CheckpointError { return false }
        for (path, shape) in model.configuration.parameters { #expect(try model.tensor(path).shape == shape) }
        return true
    }

    @Test(.timeLimit(.minutes(5))) func `a file that is cut anywhere is refused`() throws {
        let (tiny, files) = try directory()
        #expect(try works(tiny))
        for (name, bytes) in files {
            for length in bytes.indices {
                try tiny.directory.write(name, Array(bytes.prefix(length)))
                let isWorking = try works(tiny)
                #expect(!isWorking, "\(name) cut to \(length) bytes")
            }
            try tiny.directory.write(name, bytes)
        }
    }

    /// What careless readers break on.
    private static let pieces = [
        "-1", "-", "0", "1.5", "1e308", "1e-308", "9223372036854775807", "-9223372036854775808", "null", "true", "[]",
        "{}", "\"\"", "\"", "\\", "{", "}", "[", "]", ",", ":", "\\ud83d",
    ]

    @Test(.timeLimit(.minutes(5)), arguments: [1, 2, 3] as [UInt64])
    func `files with random damage never trap`(seed: UInt64) throws {
        let (tiny, files) = try directory()
        var generator = SplitMix(state: seed)
        var workingCount = 0
        for round in 0..<150 {
            // Most of it to the configuration, from which everything is made.
            let (name, whole) = files[round % 5 < 3 ? 0 : round % 5 - 2]
            var bytes = whole
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] = UInt8.random(in: 0x30...0x39, using: &generator)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &generator)))
                default: bytes.insert(contentsOf: (Self.pieces.randomElement(using: &generator) ?? "").utf8, at: place)
                }
            }
            try tiny.directory.write(name, bytes)
            if try works(tiny) { workingCount += 1 }
            try tiny.directory.write(name, whole)
        }
        #expect(workingCount > 0 && workingCount < 150)
    }
}
