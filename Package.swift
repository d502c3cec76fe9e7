// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A library target of the package; `Tests/LayeringTests` checks its imports against the layer table.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one library.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "spile",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
  ],
  targets: [
    // Level 0
    library("Diagnostics"),
    library("Blowfish"),
    library("Graph"),
    library("PatternMatching"),
    library("PKI", [bigInt, crypto, cryptoExtras]),
    .systemLibrary(
      name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    // Level 1
    library("YAML", ["Diagnostics"]),
    library("Vault", ["Diagnostics", crypto, cryptoExtras]),
    // Level 2
    library("Schema", ["YAML", "Diagnostics", collections, bigInt]),
    // Level 3
    library(
      "Template",
      [
        "PatternMatching", "PKI", "Blowfish", "Schema", "YAML", "Diagnostics", collections, bigInt,
        crypto, cryptoExtras,
      ]),
    library("ModuleKit", ["Schema", "Diagnostics", crypto]),
    library("Bundle", ["PKI", "Schema", "YAML", "Vault", "Diagnostics", crypto]),
    // Level 4
    library(
      "Modules",
      ["PatternMatching", "PKI", "ModuleKit", "Bundle", "Schema", "YAML", "Diagnostics"]),
    library(
      "Model",
      [
        "Template", "PatternMatching", "Schema", "YAML", "Vault", "Diagnostics", collections,
        bigInt,
      ]),
    library("Transport", ["ModuleKit", "Schema", "Diagnostics"]),
    // Level 5
    library(
      "SSH",
      ["Transport", "ModuleKit", "Blowfish", "Diagnostics", "CLibSSH2", crypto, cryptoExtras]),
    library(
      "Engine",
      [
        "Model", "Graph", "Template", "Transport", "ModuleKit", "Bundle", "Schema", "YAML",
        "Vault", "Diagnostics",
      ]),
    // Level 6
    library("Report", ["Engine", "Transport", "ModuleKit", "Schema", "Diagnostics"]),
    // Level 7
    .executableTarget(
      name: "spile",
      dependencies: [
        "Report", "Engine", "SSH", "Transport", "Model", "Modules", "ModuleKit", "Bundle",
        "Template", "Schema", "YAML", "Vault", "Graph", "PKI", "Diagnostics", argumentParser,
      ],
      swiftSettings: settings),
    // Tests
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("BlowfishTests", ["Blowfish"]),
    tests("PatternMatchingTests", ["PatternMatching"]),
    tests("PKITests", ["PKI"]),
    tests("GraphTests", ["Graph"]),
    tests("YAMLTests", ["YAML", "Diagnostics"]),
    tests("VaultTests", ["Vault", "Diagnostics"]),
    tests("BundleTests", ["Bundle", "PKI", "Vault", "Schema", "Diagnostics"]),
    tests("SchemaTests", ["Schema", "YAML", "Diagnostics"]),
    .testTarget(
      name: "TemplateTests", dependencies: ["Template", "Schema", "YAML", "Diagnostics"],
      exclude: ["Cases"], swiftSettings: settings),
    .testTarget(
      name: "ModelTests",
      dependencies: ["Model", "Template", "Schema", "YAML", "Vault", "Diagnostics"],
      exclude: ["Inventories"], swiftSettings: settings),
    tests(
      "ModulesTests",
      ["Modules", "ModuleKit", "PKI", "Transport", "Schema", "YAML", "Diagnostics"]),
    tests("TransportTests", ["Transport", "ModuleKit", "Schema", "Diagnostics"]),
    .testTarget(
      name: "SSHTests", dependencies: ["SSH", "Transport", "ModuleKit", "Diagnostics"],
      exclude: ["Server"], swiftSettings: settings),
    tests(
      "EngineTests",
      [
        "Report", "Engine", "Modules", "Model", "Graph", "Transport", "ModuleKit", "Template",
        "Schema", "YAML", "Vault", "Diagnostics",
      ]),
    tests("ReportTests", ["Report", "Engine", "Transport", "ModuleKit", "Schema", "Diagnostics"]),
    tests("LayeringTests", ["Modules", "ModuleKit", "Model", "Schema"]),
  ],
  swiftLanguageModes: [.v6]
)

// What `make bench` measures with; nobody else builds it.
if Context.environment["SPILE_BENCH"] != nil {
  package.targets.append(
    .executableTarget(
      name: "measure", dependencies: ["Template", "Schema", "YAML", "Diagnostics"],
      path: "Tests/Bench/measure", swiftSettings: settings))
}
