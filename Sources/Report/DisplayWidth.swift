import Diagnostics

/// How many cells of a terminal a text takes: wide characters two, marks that combine none.
package enum DisplayWidth {
  static func of(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + max(0, $1.cells) }
  }

  /// The text with blanks to a width.
  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - of(text)))
  }

  /// The text cut to a width, with `…` where something is missing.
  package static func cut(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    var result = String.UnicodeScalarView()
    var cells = 0
    for scalar in text.unicodeScalars {
      let next = cells + max(0, scalar.cells)
      if next > width - 1 { break }
      cells = next
      result.append(scalar)
    }
    return width > 0 ? String(result) + "…" : ""
  }
}
