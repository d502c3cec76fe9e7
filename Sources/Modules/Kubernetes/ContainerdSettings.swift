import ModuleKit
import Schema

/// A generation of containerd's configuration: its `version`, and where its keys are.
///
/// containerd-config.toml(5) of 1.7 and 2.1; keys under the tables of another generation are ignored without a word.
enum ContainerdGeneration: Int {
  /// containerd 1.6 and 1.7.
  case two = 2
  /// containerd 2.x, which still reads the second.
  case three = 3

  /// nil for versions before 1.6, and those that nobody knows yet.
  init?(version: ContainerdVersion) {
    switch (version.major, version.minor) {
    case (1, 6...): self = .two
    case (2, _): self = .three
    default: return nil
    }
  }
}

/// `1.6.20~ds1`, `v2.1.3`: what counts of it.
package struct ContainerdVersion: Sendable, Hashable, CustomStringConvertible {
  package var major: Int
  package var minor: Int
  package var description: String

  /// The line of `containerd --version`: program, home page, version, revision.
  package init?(line: String) {
    let words = line.split(separator: " ")
    guard words.count >= 3 else { return nil }
    let text = words[2].first == "v" ? words[2].dropFirst() : words[2]
    let numbers = text.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    self.major = major
    self.minor = minor
    description = String(text)
  }
}

/// What a configuration of containerd says, key by key, before it is known for which generation.
struct ContainerdSettings {
  enum Value: Hashable {
    case string(String)
    case bool(Bool)
    case number(Int)
    case strings([String])

    /// As TOML has it.
    var text: String {
      switch self {
      case .string(let text): ContainerdSettings.quoted(text)
      case .bool(let flag): flag ? "true" : "false"
      case .number(let number): String(number)
      case .strings(let texts):
        "[" + texts.map(ContainerdSettings.quoted).joined(separator: ", ") + "]"
      }
    }

    /// As a reading of `containerd config dump` has it; nil for what cannot be compared there: it names the files that
    /// were imported instead of the patterns.
    var shown: String? {
      switch self {
      case .string(let text): text
      case .strings: nil
      default: text
      }
    }
  }

  /// Where a key is in each generation: tables, and the key itself.
  struct Key: Hashable {
    let two: [String]
    let three: [String]

    func path(_ generation: ContainerdGeneration) -> [String] {
      generation == .two ? two : three
    }
  }

  private static let cri = ["plugins", "io.containerd.grpc.v1.cri"]
  private static let runtime = ["plugins", "io.containerd.cri.v1.runtime"]
  private static let images = ["plugins", "io.containerd.cri.v1.images"]

  static func top(_ name: String) -> Key { Key(two: [name], three: [name]) }
  static func runtime(_ path: String...) -> Key { Key(two: cri + path, three: runtime + path) }
  static func image(_ path: String...) -> Key { Key(two: cri + path, three: images + path) }
  static let sandboxImage = Key(
    two: cri + ["sandbox_image"], three: images + ["pinned_images", "sandbox"])
  static let snapshotter = Key(
    two: cri + ["containerd", "snapshotter"], three: images + ["snapshotter"])

  private(set) var values: [(key: Key, value: Value)] = []

  mutating func set(_ key: Key, _ value: Value) { values.append((key, value)) }

  /// The whole file.
  func file(_ generation: ContainerdGeneration) -> String {
    var text = "# Written by spile; what is changed here by hand is set back.\n"
    text += "version = \(generation.rawValue)\n"
    var tables: [(path: [String], lines: [String])] = []
    for (key, value) in values {
      let path = key.path(generation)
      let (table, name) = (Array(path.dropLast()), path.last ?? "")
      let line = "\(Self.bare(name)) = \(value.text)"
      if let index = tables.firstIndex(where: { $0.path == table }) {
        tables[index].lines.append(line)
      } else {
        tables.append((table, [line]))
      }
    }
    for table in tables.sorted(by: { $0.path.isEmpty && !$1.path.isEmpty }) {
      if !table.path.isEmpty {
        text += "\n[" + table.path.map(Self.bare).joined(separator: ".") + "]\n"
      }
      text += table.lines.map { $0 + "\n" }.joined()
    }
    return text
  }

  /// By the path that `ContainerdFact` knows settings under: what must be in effect.
  func effects(_ generation: ContainerdGeneration) -> [(path: String, value: String)] {
    values.compactMap { key, value in
      value.shown.map { (TOMLText.name(key.path(generation)), $0) }
    }
  }

  private static func bare(_ name: String) -> String {
    let isBare = name.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        || $0 == 45
    }
    return isBare && !name.isEmpty ? name : quoted(name)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
