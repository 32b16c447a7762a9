import TandemJSON
import TandemMath

/// Which members of `calibration.json` were measured with which network: two files cannot be replaced at once, and an old table
/// must not be believed of a new network.
///
///     "networks": {"router": {"hash": "…", "members": ["acceptance", "router_acceptance", "router"]}}
///
/// Bundles from before there was this member have a calibration for all that is there.
enum NetworkCalibration {
    static let member = "networks"

    /// The hash of a network's weights among those of all.
    static func hash(of network: String, in weights: [TensorData]) -> String {
        contentHash(of: weights.filter { $0.name.hasPrefix(network + ".") })
    }

    /// A calibration with new members, measured with a network of that hash, in place of those of the same names.
    static func adding(_ members: [JSONMember], of network: String, hash: String, to old: JSONValue?) -> JSONValue {
        let names = members.map(\.name)
        let others = (old?.members ?? []).filter { $0.name != member && !names.contains($0.name) }
        let networks = (old?[member]?.members ?? []).filter { $0.name != network }
        let added = JSONMember(
            name: network, value: ["hash": .string(hash), "members": .array(names.map { .string($0) })])
        return .object(others + members + [JSONMember(name: member, value: .object(networks + [added]))])
    }

    /// A calibration without what was measured with other networks than those that are there.
    static func valid(_ calibration: JSONValue?, for weights: [TensorData]) -> JSONValue? {
        guard let members = calibration?.members, let networks = calibration?[member]?.members else {
            return calibration
        }
        let stale = networks.filter { $0.value["hash"]?.text != hash(of: $0.name, in: weights) }
            .flatMap { $0.value["members"]?.elements?.compactMap(\.text) ?? [] }
        return stale.isEmpty ? calibration : .object(members.filter { !stale.contains($0.name) })
    }
}
