/// Whether a name matches a shell pattern as Python's `fnmatchcase` reads it: `*`, `?`, `[seq]`, `[!seq]`.
package func globMatches(_ pattern: String, _ name: String) -> Bool {
  let pattern = Array(pattern.unicodeScalars)
  let name = Array(name.unicodeScalars)
  var place = 0
  var mark = 0
  var star: Int?
  var retry = 0
  while mark < name.count {
    if place < pattern.count, pattern[place] == "*" {
      star = place
      retry = mark
      place += 1
    } else if let next = singleMatch(pattern, place, name[mark]) {
      place = next
      mark += 1
    } else if let star {
      place = star + 1
      retry += 1
      mark = retry
    } else {
      return false
    }
  }
  while place < pattern.count, pattern[place] == "*" { place += 1 }
  return place == pattern.count
}

/// The place in the pattern after what matches one character; nil when it does not match.
private func singleMatch(_ pattern: [Unicode.Scalar], _ place: Int, _ scalar: Unicode.Scalar)
  -> Int?
{
  guard place < pattern.count else { return nil }
  switch pattern[place] {
  case "?": return place + 1
  case "[":
    guard let (end, holds) = setMatch(pattern, place, scalar) else {
      return scalar == "[" ? place + 1 : nil
    }
    return holds ? end : nil
  default: return pattern[place] == scalar ? place + 1 : nil
  }
}

/// Reads a set in brackets: where it ends, and whether the character is in it; nil when it is not closed.
private func setMatch(_ pattern: [Unicode.Scalar], _ open: Int, _ scalar: Unicode.Scalar)
  -> (end: Int, holds: Bool)?
{
  var place = open + 1
  let isNegated = place < pattern.count && pattern[place] == "!"
  if isNegated { place += 1 }
  let first = place
  var isInside = false
  while place < pattern.count, pattern[place] != "]" || place == first {
    if place + 2 < pattern.count, pattern[place + 1] == "-", pattern[place + 2] != "]" {
      if pattern[place] <= scalar, scalar <= pattern[place + 2] { isInside = true }
      place += 3
    } else {
      if pattern[place] == scalar { isInside = true }
      place += 1
    }
  }
  guard place < pattern.count else { return nil }
  return (place + 1, isInside != isNegated)
}
