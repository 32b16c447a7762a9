import ArgumentParser
import Foundation
import TandemJSON
import TandemText

/// `tandem tokenize`: text to tokens and back.
struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize", abstract: "Show the tokens of a text, or the text of tokens.",
        discussion: """
            The text is an argument, a file, or standard input. On a terminal it is shown with its tokens in turning
            colours, and their ids below; elsewhere one token a line: its id, a tab, its text in JSON's notation.

            Examples:
              tandem tokenize smollm2-135m-instruct 'Hello, world'
              tandem tokenize smollm2-135m-instruct --file letter.txt --json
              tandem tokenize smollm2-135m-instruct --decode 19556,28,905
              tandem tokenize smollm2-135m-instruct --jsonl < texts.jsonl > ids.jsonl
            """)

    @OptionGroup var model: ModelArgument

    @Argument(help: "The text. Left out: --file, or standard input.")
    var text: String?

    @Option(help: ArgumentHelp("Read the text from a file; - is standard input.", valueName: "path"))
    var file: String?

    @Flag(help: "Take the names of special tokens, like <|im_start|>, as ordinary text.")
    var literal = false

    @Flag(help: "Put the beginning-of-text token in front, where the model was trained with one.")
    var beginning = false

    @Option(
        help: ArgumentHelp(
            "Print the text of these tokens instead: ids with commas or spaces between them.", valueName: "ids"))
    var decode: String?

    @Flag(
        help: """
            Read a JSON string from each line of standard input and write a JSON array of its ids in a line of its own; with \
            --decode '' the other way round.
            """)
    var jsonl = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if [text, file].count(where: { $0 != nil }) > 1 {
            throw ValidationError("Give the text as an argument or by --file, not both.")
        }
        if jsonl, text != nil || file != nil || output.json {
            throw ValidationError("--jsonl reads standard input; it goes with neither a text, nor --file, nor --json.")
        }
        if decode != nil, text != nil || file != nil || literal || beginning {
            throw ValidationError(
                "--decode takes ids; it goes with neither a text, nor --file, --literal or --beginning.")
        }
        if jsonl, let decode, !decode.isEmpty {
            throw ValidationError("With --jsonl, ids come from standard input: write --decode ''.")
        }
    }

    func run() async throws {
        let tokenizer = try model.tokenizer()
        if jsonl { return try convertLines(tokenizer) }
        if let decode { return try show(ids: try Self.ids(decode, of: tokenizer), tokenizer) }
        let text = try text ?? file.map(TextInput.read(file:)) ?? TextInput.standardInput()
        let ids = encode(text, tokenizer)
        if output.json {
            return try StandardOutput.json(
                TokenizeReport(tokens: ids, pieces: ids.map(tokenizer.piece(of:)), text: text))
        }
        if Terminal.standardOutput.hasColours {
            try StandardOutput.write(TokenColouring.text(ids, of: tokenizer))
            output.remark("\(ids.count) tokens")
        } else {
            for id in ids { try StandardOutput.line("\(id)\t\(tokenizer.piece(of: id).jsonText)") }
        }
    }

    private func encode(_ text: String, _ tokenizer: some Tokenizer) -> [Int] {
        tokenizer.encode(text, specialTokens: literal ? .literal : .parsed, addsBeginning: beginning)
    }

    private func show(ids: [Int], _ tokenizer: some Tokenizer) throws {
        let text = tokenizer.decode(ids, skipsSpecial: false)
        if output.json {
            try StandardOutput.json(TokenizeReport(tokens: ids, pieces: ids.map(tokenizer.piece(of:)), text: text))
        } else {
            try StandardOutput.line(text)
        }
    }

    private func convertLines(_ tokenizer: some Tokenizer) throws {
        let lines = LineReader()
        while let line = try lines.next() {
            let json = try line.text().utf8
            if decode != nil {
                guard let ids = JSONInput.integers(json) else {
                    throw CommandError("\(line.name) is not a JSON array of ids.")
                }
                try tokenizer.check(ids, place: line.name)
                try StandardOutput.line(tokenizer.decode(ids, skipsSpecial: false).jsonText)
            } else {
                guard let text = JSONInput.string(json) else {
                    throw CommandError("\(line.name) is not a JSON string.")
                }
                let ids = encode(text, tokenizer)
                try StandardOutput.line("[" + ids.map(String.init).joined(separator: ",") + "]")
            }
        }
    }

    private static func ids(_ text: String, of tokenizer: some Tokenizer) throws -> [Int] {
        let ids = try text.split { " ,[]\n\t".contains($0) }.map { part in
            guard let id = Int(part) else { throw ValidationError("--decode: '\(part)' is not a token's id.") }
            return id
        }
        try tokenizer.check(ids, place: "--decode")
        return ids
    }
}

/// The result for programs.
private struct TokenizeReport: Encodable {
    var tokens: [Int]
    var pieces: [String]
    var text: String
}

/// Text whose tokens can be told apart by their background.
enum TokenColouring {
    private static let backgrounds = ["48;5;24", "48;5;52", "48;5;22", "48;5;54"]
    private static let special = "48;5;94;1"

    /// The text with colours, then the ids in the same colours.
    static func text(_ ids: [Int], of tokenizer: some Tokenizer) -> String {
        var text = ""
        var numbers = ""
        for (index, id) in ids.enumerated() {
            let style = tokenizer.isSpecial(id) ? special : backgrounds[index % backgrounds.count]
            // A background that goes past the end of a line would colour the rest of it.
            let piece = tokenizer.piece(of: id)
            text += piece.split(separator: "\n", omittingEmptySubsequences: false).map { part in
                part.isEmpty ? "" : "\u{1B}[\(style)m\(visible(part))\u{1B}[0m"
            }.joined(separator: "\u{1B}[\(style)m↵\u{1B}[0m\n")
            numbers += "\u{1B}[\(style)m\(id)\u{1B}[0m "
        }
        return text + "\n" + numbers + "\n"
    }

    /// Control characters as their pictures: a token may be an escape character, which the terminal would obey.
    private static func visible(_ text: Substring) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 0x20
                        ? Unicode.Scalar(0x2400 + scalar.value) ?? "?" : scalar == "\u{7F}" ? "␡" : scalar
                }))
    }
}
