import TandemJSON

/// The tokens of a `tokenizer.json`: those of the model and those added to it.
struct TokenizerFileVocabulary {
    let addedTokens: [AddedToken]
    private let members: [JSONMember]
    /// For each token number the member that defines it, or -1.
    private let memberOfToken: [Int32]
    private let addedByID: [Int: AddedToken]
    private let unknownName: String?

    init(_ root: JSONValue, _ model: JSONValue) throws {
        guard let members = model["vocab"]?.members else {
            throw TokenizerError.invalid(place: "tokenizer.json", reason: "has no vocabulary of names and numbers")
        }
        addedTokens = try (root["added_tokens"]?.elements ?? []).enumerated().map { try Self.added($1, at: $0) }
        self.members = members
        unknownName = model["unk_token"]?.text
        let ids = try members.map { member in
            guard let id = member.value.integer, (0..<TokenizerDefinition.maximumCount).contains(id) else {
                throw TokenizerError.invalid(
                    place: "its token \"\(member.name)\"",
                    reason: "must have a number from 0 to \(TokenizerDefinition.maximumCount - 1)")
            }
            return id
        }
        let count = max(ids.max() ?? -1, addedTokens.lazy.map(\.id).max() ?? -1) + 1
        var memberOfToken = [Int32](repeating: -1, count: count)
        for (index, id) in ids.enumerated() {
            guard memberOfToken[id] < 0 else {
                throw TokenizerError.invalid(
                    place: "its token \(id)",
                    reason: "is both \"\(members[Int(memberOfToken[id])].name)\" and \"\(members[index].name)\"")
            }
            memberOfToken[id] = Int32(index)
        }
        var addedByID: [Int: AddedToken] = [:]
        for token in addedTokens {
            let member = memberOfToken[token.id]
            let other = addedByID[token.id]?.text ?? (member >= 0 ? members[Int(member)].name : token.text)
            guard other.utf8.elementsEqual(token.text.utf8) else {
                throw TokenizerError.invalid(
                    place: "its added token \(token.id)", reason: "is both \"\(token.text)\" and \"\(other)\"")
            }
            addedByID[token.id] = token
        }
        self.memberOfToken = memberOfToken
        self.addedByID = addedByID
    }

    /// The number of the token that the file calls `name`, byte for byte (strings compare equal in any composition).
    func find(_ name: String) -> Int? {
        addedTokens.last { $0.text.utf8.elementsEqual(name.utf8) }?.id
            ?? members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value.integer
    }

    private static func added(_ node: JSONValue, at index: Int) throws -> AddedToken {
        guard let id = node["id"]?.integer, (0..<TokenizerDefinition.maximumCount).contains(id),
            let text = node["content"]?.text
        else {
            throw TokenizerError.invalid(
                place: "its added token at place \(index)",
                reason: "must have a content and an id from 0 to \(TokenizerDefinition.maximumCount - 1)")
        }
        let isSpecial = node["special"]?.bool ?? false
        return AddedToken(
            id: id, text: text, isSpecial: isSpecial, isNormalized: node["normalized"]?.bool ?? !isSpecial,
            stripsLeft: node["lstrip"]?.bool ?? false, stripsRight: node["rstrip"]?.bool ?? false,
            isSingleWord: node["single_word"]?.bool ?? false)
    }

    /// The tokens in the order of their numbers, with their bytes.
    func indexed(for model: TokenizerDefinition.Model) throws -> IndexedVocabulary {
        var builder = VocabularyBuilder(count: memberOfToken.count)
        for token in memberOfToken.indices {
            let member = memberOfToken[token]
            let added = addedByID[token]
            guard member >= 0 else {
                builder.append(literal: added?.text ?? "", kind: added.map(Self.kind) ?? .unused)
                continue
            }
            let name = members[Int(member)].name
            switch model {
            case .byteLevel:
                builder.append(byteLevel: name.utf8, kind: added.map(Self.kind) ?? .normal)
            case .sentencePiece(let rules):
                let kind = added.map(Self.kind) ?? (name == unknownName ? .unknown : .normal)
                if rules.fallsBackToBytes, let byte = IndexedVocabulary.byte(named: Array(name.utf8)[...]) {
                    builder.append(byte: byte)
                } else {
                    builder.append(sentencePiece: name.utf8, kind: kind)
                }
            }
        }
        let hasByteTokens = if case .sentencePiece = model { true } else { false }
        return try builder.finish(hasByteTokens: hasByteTokens)
    }

    private static func kind(_ token: AddedToken) -> TokenKind { token.isSpecial ? .control : .userDefined }
}
