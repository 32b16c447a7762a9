// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever uses Tandem does not resolve what only its benchmarks need.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "tandem-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "tandem", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        // The engine and llama.cpp in turns.
        .executableTarget(
            name: "engine-benchmark",
            dependencies: [
                .product(name: "TandemBenchmark", package: "tandem"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/EngineBenchmark", swiftSettings: settings)
    ]
)
