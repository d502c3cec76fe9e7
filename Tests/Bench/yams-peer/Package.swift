// swift-tools-version: 6.0
import PackageDescription

// The YAML reader that Spile is measured beside; nothing of the product depends on it.
let package = Package(
  name: "yams-measure",
  dependencies: [.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")],
  targets: [.executableTarget(name: "yams-measure", dependencies: ["Yams"], path: "Sources")]
)
