// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "QuickStart",
    platforms: [.macOS(.v15)],
    dependencies: [
        // From outside this repository: see the README beside this file.
        .package(name: "tandem", path: "../..")
    ],
    targets: [
        .executableTarget(name: "QuickStart", dependencies: [.product(name: "Tandem", package: "tandem")])
    ]
)
