// swift-tools-version: 6.2
import PackageDescription

let base: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Targets that hold no unsafe code: the compiler checks it. `TandemMath` touches memory; CONTRIBUTING.md names the few calls of
/// the system elsewhere.
let fenced: [SwiftSetting] = base + [.strictMemorySafety()]

let package = Package(
    name: "tandem",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tandem", targets: ["Tandem"]),
        .executable(name: "tandem", targets: ["TandemCLI"]),
        // For the package in Benchmarks: how to measure, and the parts that it measures.
        .library(
            name: "TandemBenchmark", targets: ["TandemBenchmark", "TandemCheckpoint", "TandemModels", "TandemMath"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Kernels: pure functions over pointers. No allocation, no state, no threads.
        .target(name: "CTandemKernels"),
        // The reader of JSON.
        .target(name: "TandemJSON", swiftSettings: fenced),
        // Matrices, weights, the thread pool, mapped files: where Swift touches memory.
        .target(name: "TandemMath", dependencies: ["CTandemKernels"], swiftSettings: base),
        // The transformer: one block, one cache, for every model and mode.
        .target(name: "TandemModels", dependencies: ["TandemMath"], swiftSettings: fenced),
        // Tokenizers and chat templates.
        .target(name: "TandemText", dependencies: ["TandemJSON"], swiftSettings: fenced),
        // GGUF, safetensors, Hugging Face directories. Of the kernels it asks one thing: which instruction set they use.
        .target(
            name: "TandemCheckpoint",
            dependencies: ["CTandemKernels", "TandemModels", "TandemMath", "TandemText", "TandemJSON"],
            swiftSettings: fenced),
        // Sampling, drafting, verification: the decoding loop.
        .target(
            name: "TandemDecoding", dependencies: ["TandemModels", "TandemMath", "TandemText"], swiftSettings: fenced),
        // Optimiser, objectives, data, checkpoints: what a training run is made of.
        .target(
            name: "TandemTraining",
            dependencies: [
                "TandemModels", "TandemMath", "TandemText", "TandemCheckpoint", "TandemDecoding", "TandemJSON",
            ],
            swiftSettings: fenced),
        // More than one process: Open MPI, found when the program runs.
        .target(name: "CTandemMPI"),
        .target(
            name: "TandemMPI", dependencies: ["CTandemMPI", "TandemTraining", "TandemMath"], swiftSettings: base),
        // The front door: load a model, generate.
        .target(
            name: "Tandem",
            dependencies: [
                "TandemCheckpoint", "TandemDecoding", "TandemJSON", "TandemMath", "TandemModels", "TandemText",
            ],
            swiftSettings: fenced),
        // Measuring: interleaved rounds, medians, what others used of the machine meanwhile.
        .target(
            name: "TandemBenchmark", dependencies: ["TandemModels", "TandemMath", "TandemJSON"], swiftSettings: fenced),
        // Pages of results: tables and charts in one HTML file.
        .target(name: "TandemReport", swiftSettings: fenced),
        // Catalogue, downloads, the local store.
        .target(name: "TandemHub", dependencies: ["TandemJSON", "TandemMath"], swiftSettings: base),
        .executableTarget(
            name: "TandemCLI",
            dependencies: [
                "Tandem", "TandemBenchmark", "TandemCheckpoint", "TandemDecoding", "TandemHub", "TandemJSON",
                "TandemMPI",
                "TandemMath", "TandemModels", "TandemReport", "TandemText", "TandemTraining",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: base),

        .target(
            name: "TandemTestSupport", dependencies: ["TandemDecoding", "TandemModels", "TandemMath"],
            path: "Tests/TandemTestSupport", swiftSettings: base),
        .testTarget(
            name: "TandemJSONTests", dependencies: ["TandemJSON", "TandemMath"], swiftSettings: base),
        .testTarget(
            name: "TandemMathTests", dependencies: ["TandemMath", "CTandemKernels", "TandemTestSupport"],
            swiftSettings: base),
        .testTarget(
            name: "TandemModelsTests",
            dependencies: ["CTandemKernels", "TandemModels", "TandemCheckpoint", "TandemMath", "TandemTestSupport"],
            swiftSettings: base),
        .testTarget(
            name: "TandemTextTests", dependencies: ["TandemText"], resources: [.copy("Fixtures")], swiftSettings: base),
        .testTarget(
            name: "TandemCheckpointTests",
            dependencies: [
                "TandemCheckpoint", "TandemModels", "TandemMath", "TandemText", "TandemJSON", "TandemTestSupport",
            ],
            swiftSettings: base),
        .testTarget(
            name: "TandemDecodingTests",
            dependencies: ["TandemDecoding", "TandemModels", "TandemMath", "TandemText", "TandemTestSupport"],
            swiftSettings: base),
        .testTarget(
            name: "TandemTrainingTests",
            dependencies: [
                "TandemTraining", "TandemCheckpoint", "TandemDecoding", "TandemModels", "TandemMath", "TandemText",
                "TandemTestSupport",
            ],
            swiftSettings: base),
        .executableTarget(
            name: "MPICheck",
            dependencies: ["TandemMPI", "TandemTraining", "TandemModels", "TandemMath", "TandemTestSupport"],
            path: "Tests/MPICheck",
            swiftSettings: base),
        .testTarget(
            name: "TandemMPITests", dependencies: ["TandemMPI", "TandemTraining", "MPICheck"], swiftSettings: base),
        .testTarget(name: "TandemHubTests", dependencies: ["TandemHub"], swiftSettings: base),
        .testTarget(
            name: "TandemTests",
            dependencies: [
                "Tandem", "TandemCheckpoint", "TandemDecoding", "TandemText", "TandemModels", "TandemMath",
                "TandemTestSupport",
            ],
            swiftSettings: base),
        .testTarget(
            name: "TandemBenchmarkTests",
            dependencies: ["TandemBenchmark", "TandemModels", "TandemMath", "TandemTestSupport"], swiftSettings: base),
        .testTarget(name: "TandemReportTests", dependencies: ["TandemReport"], swiftSettings: base),
        .testTarget(
            name: "TandemCLITests",
            dependencies: [
                "TandemCLI", "Tandem", "TandemCheckpoint", "TandemDecoding", "TandemMath", "TandemModels",
                "TandemTestSupport", "TandemTraining",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: base),
    ],
    cLanguageStandard: .gnu11
)
