import TandemJSON

extension JSONValue {
    /// The `type` member, by which `tokenizer.json` tells its parts apart.
    var type: String { self["type"]?.text ?? "without a type" }

    /// The parts of a `Sequence`, parts of parts included; any other node by itself; nothing for nothing.
    static func flatten(_ node: JSONValue?, _ list: String) -> [JSONValue] {
        guard let node else { return [] }
        guard node.type == "Sequence" else { return [node] }
        return (node[list]?.elements ?? []).flatMap { flatten($0, list) }
    }
}
