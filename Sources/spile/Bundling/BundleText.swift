import ArgumentParser
import Bundle
import Diagnostics
import PKI
import Report
import Schema

/// Bundles for people and for machines.
enum BundleText {
  private static var style: Style { Style(isColoured: Process.wantsColour(.output)) }

  /// What the work gives; ends the command with all that is wrong.
  static func checked<Result>(_ work: () throws(DiagnosticError) -> Result) throws -> Result {
    do throws(DiagnosticError) {
      return try work()
    } catch {
      try refuse(error.diagnostics)
    }
  }

  /// The manifest of a bundle that a trusted key signed; its base and its blobs do not matter.
  static func believed(
    _ path: String, _ keys: [TrustedKey]
  ) throws(DiagnosticError) -> BundleManifest {
    let contents = try BundleContents(path)
    if let objection = contents.objection(trusting: keys) { throw DiagnosticError([objection]) }
    return contents.manifest
  }

  /// Prints faults, and ends the command.
  static func refuse(_ faults: [Diagnostic]) throws -> Never {
    var bag = DiagnosticBag()
    bag.add(contentsOf: faults)
    try Complaints.show(bag)
    throw ExitCode(ExitStatus.couldNotStart)
  }

  /// One line: `site.tar: bundle 3f2a… of 2026-11-21T08:00:00Z, 12 items, 1.2 GiB`.
  static func summary(_ manifest: BundleManifest, at path: String) -> String {
    let count = manifest.items.count
    var text = "\(path): bundle \(manifest.id.prefix(12))"
    if !manifest.name.isEmpty { text += " \(manifest.name)" }
    text += " of \(manifest.created.iso8601), \(count) \(count == 1 ? "item" : "items")"
    text += ", \(ByteCount.text(manifest.ownSize))"
    if let base = manifest.base { text += ", on top of \(base.prefix(12))" }
    return text
  }

  static func table(_ items: [BundleItem]) -> [String] {
    var table = TextTable(
      ["KIND", "NAME", "VERSION", "ARCH", "OS", "SIZE", "SHA256", "LICENCE", "WHERE"], numbers: [5])
    for item in items {
      table.add([
        item.kind.rawValue, item.name, item.version, item.architectures.joined(separator: ","),
        item.systems.joined(separator: ","), ByteCount.text(item.size),
        String(item.sha256.prefix(12)), item.licence, item.isInBase ? "base" : "",
      ])
      for image in item.images where image.reference != item.name {
        table.add([
          "", "  " + image.reference, "", "", "", "",
          image.digest.map { String($0.dropFirst(7).prefix(12)) } ?? "", "", "",
        ])
      }
    }
    return table.lines(style)
  }

  // MARK: Differences

  static func lines(_ difference: BundleDifference) -> [String] {
    let added = difference.added.map { item in
      style.paint("+ \(item.title)", .create) + "  \(ByteCount.text(item.size))"
    }
    let removed = difference.removed.map { item in
      style.paint("- \(item.title)", .remove) + "  \(ByteCount.text(item.size))"
    }
    let changed = difference.changed.map { pair in
      style.paint("~ \(pair.after.title)", .update) + "  \(described(pair))"
    }
    let counts = [
      (added, "added"), (removed, "removed"), (changed, "changed"),
    ].filter { !$0.0.isEmpty }.map { "\($0.0.count) \($0.1)" }
    return added + removed + changed
      + [counts.isEmpty ? "no difference" : counts.joined(separator: ", ")]
  }

  private static func described(_ pair: BundleDifference.Changed) -> String {
    var parts: [String] = []
    if pair.before.version != pair.after.version {
      parts.append("\(pair.before.version) -> \(pair.after.version)")
    }
    if pair.before.size != pair.after.size {
      parts.append("\(ByteCount.text(pair.before.size)) -> \(ByteCount.text(pair.after.size))")
    }
    if pair.before.sha256 != pair.after.sha256 {
      parts.append("\(pair.before.sha256.prefix(12)) -> \(pair.after.sha256.prefix(12))")
    }
    return parts.joined(separator: ", ")
  }

  static func json(_ difference: BundleDifference) -> Value {
    .dict([
      "added": .list(difference.added.map(\.json)),
      "removed": .list(difference.removed.map(\.json)),
      "changed": .list(
        difference.changed.map {
          .dict(["before": $0.before.json, "after": $0.after.json])
        }),
    ])
  }
}
