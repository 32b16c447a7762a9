import Foundation
public import TandemMath

/// Everything that a run needs to go on with the same bits, except the arenas themselves.
public struct TrainingState: Sendable, Equatable, Codable {
    /// Steps that are done.
    public var step: Int
    /// Steps that the optimiser has taken.
    public var optimizerStepCount: Int
    /// Updates of the weight average; nil if there is none.
    public var averageUpdateCount: Int?
    /// The parameters, in their order.
    public var layout: ArenaLayout
    /// Generators that are not functions of the step, by what they are for.
    public var generators: [String: SeededGenerator]
    /// The run's settings, as its configuration file has them: a run goes on only with the same.
    public var settings: String
    /// How the run came about.
    public var record: RunRecord

    /// A state of these parts.
    public init(
        step: Int, optimizerStepCount: Int, averageUpdateCount: Int?, layout: ArenaLayout,
        generators: [String: SeededGenerator] = [:], settings: String, record: RunRecord
    ) {
        self.step = step
        self.optimizerStepCount = optimizerStepCount
        self.averageUpdateCount = averageUpdateCount
        self.layout = layout
        self.generators = generators
        self.settings = settings
        self.record = record
    }
}

/// A checkpoint: a state and its arenas (weights, moments, average) in one file, which is there whole or not at all.
///
///     0     magic "TANDEMCK", version 1 (4 bytes), length of the header (4 bytes)
///     16    header: JSON with the state and the names of the arenas; zeros up to a multiple of 64
///           arenas one after the other, 32-bit floats
///     end   magic "TKEND" and zeros (8 bytes)
public struct TrainingCheckpoint: Sendable {
    private struct Header: Codable {
        var state: TrainingState
        var arenas: [String]
    }

    private static let magic: [UInt8] = Array("TANDEMCK".utf8)

    /// Where the file is.
    public let path: String
    /// The state.
    public let state: TrainingState
    private let arenaNames: [String]
    private let bytes: MappedBytes
    private let firstArena: Int

    /// Writes a checkpoint: to a temporary file first, which takes the name when it is safely on the disk.
    ///
    /// - Throws: `MappedFileError` with the system's reason.
    public static func write(
        _ state: TrainingState, arenas: [(name: String, arena: FloatArena)], path: String
    ) throws {
        for (name, arena) in arenas {
            precondition(arena.count == state.layout.count, "The arena \(name) has another layout than the state.")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let header = [UInt8](try encoder.encode(Header(state: state, arenas: arenas.map(\.name))))
        let file = try ReplacementFile(path: path)
        try file.write(magic + UInt32(1).bytes + UInt32(header.count).bytes + header)
        try file.write([UInt8](repeating: 0, count: aligned(16 + header.count) - 16 - header.count))
        for (_, arena) in arenas { try arena.write(to: file) }
        try file.write(TokenFile.kind.endMagic)
        try file.commit()
    }

    /// Opens and checks a checkpoint.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names the file and what is wrong with it.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        let bytes = file.bytes
        func damaged(_ what: String) -> TrainingError {
            TrainingError("\(path) is not a whole checkpoint: \(what). Go on from an earlier one.")
        }
        guard bytes.slice(at: 0, count: 8)?.array == Self.magic else { throw damaged("it does not begin like one") }
        guard bytes.integer(at: 8, as: UInt32.self) == 1, let length = bytes.integer(at: 12, as: UInt32.self),
            let json = bytes.slice(at: 16, count: Int(length))
        else { throw damaged("its version is not 1, or its header is cut off") }
        let header: Header
        do { header = try JSONDecoder().decode(Header.self, from: Data(json.array)) } catch {
            throw damaged("its header cannot be read (\(error))")
        }
        let firstArena = Self.aligned(16 + Int(length))
        let layout = header.state.layout
        guard layout.isConsistent, header.state.step >= 0, header.state.optimizerStepCount >= 0 else {
            throw damaged("its parameters do not fit together")
        }
        let (size, overflow) = header.arenas.count.multipliedReportingOverflow(by: 4 * layout.count)
        guard !overflow, file.count - 8 - firstArena == size,
            bytes.slice(at: file.count - 8, count: 8)?.array == TokenFile.kind.endMagic
        else { throw damaged("\(file.count) bytes are not what \(header.arenas.count) arenas take") }
        self.path = path
        self.bytes = bytes
        self.firstArena = firstArena
        state = header.state
        arenaNames = header.arenas
    }

    /// Fills an arena with that of the given name.
    ///
    /// - Throws: ``TrainingError`` if there is none.
    public func read(_ name: String, into arena: FloatArena) throws {
        precondition(arena.count == state.layout.count, "An arena of another layout cannot take \(name).")
        guard let index = arenaNames.firstIndex(of: name),
            let part = bytes.slice(at: firstArena + index * arena.byteCount, count: arena.byteCount)
        else { throw TrainingError("\(path) has no \(name); it has \(arenaNames.joined(separator: ", ")).") }
        arena.read(from: part)
    }

    /// Checks that a run with these settings and parameters may go on from here.
    ///
    /// - Throws: ``TrainingError`` that says what differs.
    public func requireSame(settings: String, layout: ArenaLayout) throws {
        guard state.layout == layout else {
            throw TrainingError(
                "\(path) holds a model of \(state.layout.parameterCount) weights in \(state.layout.segments.count) "
                    + "parameters, but the configuration makes one of \(layout.parameterCount) in "
                    + "\(layout.segments.count). Use the configuration that the run began with, or another folder.")
        }
        guard state.settings == settings else {
            let differences = SettingsComparison.differences(there: state.settings, now: settings)
            throw TrainingError(
                "\(path) belongs to a run with other settings\(differences.map { ": " + $0 } ?? ""). Use those that it began "
                    + "with, or another folder.")
        }
    }

    private static func aligned(_ count: Int) -> Int { (count + 63) / 64 * 64 }
}

extension ArenaLayout {
    /// Whether segments lie where ``add(_:rows:columns:group:)`` puts them: a file may say anything.
    var isConsistent: Bool {
        var again = ArenaLayout()
        var names: Set<String> = []
        for segment in segments {
            let (size, overflow) = segment.rows.multipliedReportingOverflow(by: segment.columns)
            guard segment.rows > 0, segment.columns > 0, !overflow, size < 1 << 40, again.count < 1 << 40,
                names.insert(segment.name).inserted
            else { return false }
            again.add(segment.name, rows: segment.rows, columns: segment.columns, group: segment.group)
        }
        return again == self
    }
}
