/// What differs between two bundles, by their manifests.
package struct BundleDifference: Sendable {
  /// An item that both have, and that is not the same.
  package struct Changed: Sendable {
    /// As the older bundle has it.
    package let before: BundleItem
    /// As the newer bundle has it.
    package let after: BundleItem
  }

  /// Items of the newer bundle alone.
  package private(set) var added: [BundleItem] = []
  /// Items of the older bundle alone.
  package private(set) var removed: [BundleItem] = []
  /// Items of both whose version or content differs.
  package private(set) var changed: [Changed] = []

  package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

  /// Items are the same thing by kind, name, architecture and system; of several versions equal ones go together first.
  package init(from old: BundleManifest, to new: BundleManifest) {
    var left = Dictionary(grouping: old.items, by: \.identity)
    var rest: [BundleItem] = []
    for item in new.items {
      if let before = left[item.identity]?.popLast() {
        if before.sha256 != item.sha256 { changed.append(Changed(before: before, after: item)) }
      } else {
        rest.append(item)
      }
    }
    var byThing = Dictionary(
      grouping: old.items.filter { left[$0.identity]?.isEmpty == false }, by: \.thing)
    for item in rest {
      if let before = byThing[item.thing]?.popLast() {
        changed.append(Changed(before: before, after: item))
      } else {
        added.append(item)
      }
    }
    removed = old.items.filter { byThing[$0.thing]?.contains($0) == true }
  }
}

extension BundleItem {
  /// The identity without the version.
  fileprivate var thing: Identity {
    var identity = identity
    identity.version = ""
    return identity
  }
}
