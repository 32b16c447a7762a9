/// What a person typed into a conversation: something to say, or one of the words that steer the program.
enum ChatInstruction: Equatable {
    case say(String)
    case help, reset, regenerate, stats, quit
    /// What the model is told beforehand; `nil` to hear what that is now.
    case system(String?)
    case save(String)
    /// Something that begins like an instruction and is none.
    case unknown(String)
    case nothing

    /// Reads a line. Two slashes at the beginning stand for one that is meant.
    init(_ line: String) {
        let text = line.trimmingSpace
        guard text.hasPrefix("/") else {
            self = text.isEmpty ? .nothing : .say(line)
            return
        }
        if text.hasPrefix("//") {
            self = .say(String(text.dropFirst()))
            return
        }
        let word = text.prefix { !$0.isWhitespace }
        let rest = String(text.dropFirst(word.count)).trimmingSpace
        switch word {
        case "/help", "/?": self = .help
        case "/reset": self = .reset
        case "/regenerate": self = .regenerate
        case "/stats": self = .stats
        case "/quit", "/exit": self = .quit
        case "/system": self = .system(rest.isEmpty ? nil : rest)
        case "/save": self = rest.isEmpty ? .unknown("/save needs the name of a file: /save talk.md") : .save(rest)
        default: self = .unknown("There is no \(word); /help lists what there is.")
        }
    }

    /// What `/help` shows.
    static let helpText = """
        /help          this list
        /reset         forget the conversation; what /system says stays
        /system TEXT   tell the model how to answer; without a text, show what it was told
        /save FILE     write the conversation: as JSON if the name ends so, else as Markdown
        /regenerate    answer the last question again
        /stats         speeds, and how full the context is
        /quit          leave (Ctrl-D does so too)
        //…            say something that begins with a slash

        A line that ends with \\ goes on in the next; Alt-Enter begins another line. Ctrl-C stops an answer.

        """
}

extension String {
    fileprivate var trimmingSpace: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
