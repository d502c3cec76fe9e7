import Diagnostics
import Schema
import YAML

/// The images that objects of the Kubernetes API name.
package enum ManifestImages {
  /// Values of the key `image`, wherever they stand in an object, in order and each once.
  package static func names(in object: Value) -> [String] {
    var names: [String] = []
    collect(object, into: &names)
    return names
  }

  /// Those in a text of YAML documents, as far as these are objects of the API; none of any other text.
  package static func names(inText text: [UInt8]) -> [String] {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "manifest", bytes: text), into: &bag)
    guard !bag.hasErrors else { return [] }
    var names: [String] = []
    for tree in trees {
      let object = Value(tree.root, trusted: false)
      guard object["apiVersion"]?.string != nil, object["kind"]?.string != nil else { continue }
      collect(object, into: &names)
    }
    return names
  }

  private static func collect(_ value: Value, into names: inout [String]) {
    switch value {
    case .list(let elements): for element in elements { collect(element, into: &names) }
    case .dict(let map):
      for (key, value) in map.pairs {
        if key.string == "image", let name = value.string {
          if !name.isEmpty, !name.contains(" "), !names.contains(name) { names.append(name) }
        } else {
          collect(value, into: &names)
        }
      }
    default: break
    }
  }
}
