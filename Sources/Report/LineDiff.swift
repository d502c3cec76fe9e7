/// The difference of two texts as unified hunks, by Myers' algorithm with a bound on its work.
package struct LineDiff: Sendable, Hashable {
  package enum Line: Sendable, Hashable {
    case same(String)
    case removed(String)
    case added(String)
    /// Lines left out between hunks.
    case skipped(Int)
  }

  package let lines: [Line]

  /// Compares; `context` equal lines stay around a difference.
  package init(from before: String, to after: String, context: Int = 3) {
    lines = LineDiff.hunks(
      LineDiff.edits(LineDiff.split(before), LineDiff.split(after)), context: context)
  }

  private static func split(_ text: String) -> [TextLine] {
    var lines = Terminal.lines(text)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { TextLine(text: $0, hash: $0.utf8.reduce(5381) { $0 &* 33 &+ Int($1) }) }
  }

  /// The edit script; where the texts differ too much to compare, all of one and then all of the other.
  private static func edits(_ before: [TextLine], _ after: [TextLine]) -> [Line] {
    var start = 0
    while start < before.count, start < after.count, before[start] == after[start] { start += 1 }
    var end = 0
    while end < before.count - start, end < after.count - start,
      before[before.count - 1 - end] == after[after.count - 1 - end]
    { end += 1 }
    let left = before[start..<before.count - end]
    let right = after[start..<after.count - end]
    let head = before[..<start].map { Line.same(String($0.text)) }
    let tail = before[(before.count - end)...].map { Line.same(String($0.text)) }
    return head + middle(Array(left), Array(right)) + tail
  }

  /// How many edits are searched for; texts further apart are shown one after the other.
  private static let mostEdits = 1000

  private static func middle(_ left: [TextLine], _ right: [TextLine]) -> [Line] {
    guard !left.isEmpty, !right.isEmpty, let trace = search(left, right) else {
      return left.map { .removed(String($0.text)) } + right.map { .added(String($0.text)) }
    }
    return walkBack(left, right, trace)
  }

  /// How far each diagonal gets with so many edits, before each step: diagonals from `-distance - 1` on.
  ///
  /// nil when the texts are too far apart.
  private static func search(_ left: [TextLine], _ right: [TextLine]) -> [[Int]]? {
    let limit = min(left.count + right.count, mostEdits)
    let centre = limit + 1
    var trace: [[Int]] = []
    var furthest = [Int](repeating: 0, count: 2 * limit + 3)
    for distance in 0...limit {
      trace.append(Array(furthest[(centre - distance - 1)...(centre + distance + 1)]))
      for diagonal in stride(from: -distance, through: distance, by: 2) {
        let place = centre + diagonal
        let down =
          diagonal == -distance
          || (diagonal != distance && furthest[place - 1] < furthest[place + 1])
        var x = down ? furthest[place + 1] : furthest[place - 1] + 1
        while x < left.count, x - diagonal < right.count, left[x] == right[x - diagonal] { x += 1 }
        furthest[place] = x
        if x >= left.count, x - diagonal >= right.count { return trace }
      }
    }
    return nil
  }

  private static func walkBack(
    _ left: [TextLine], _ right: [TextLine], _ trace: [[Int]]
  ) -> [Line] {
    var lines: [Line] = []
    var x = left.count
    var y = right.count
    for distance in stride(from: trace.count - 1, through: 0, by: -1) {
      let furthest = trace[distance]
      let centre = distance + 1
      let diagonal = x - y
      let down =
        diagonal == -distance
        || (diagonal != distance
          && furthest[centre + diagonal - 1] < furthest[centre + diagonal + 1])
      let previous = down ? diagonal + 1 : diagonal - 1
      let previousX = distance == 0 ? 0 : furthest[centre + previous]
      let previousY = distance == 0 ? 0 : previousX - previous
      while x > previousX, y > previousY {
        x -= 1
        y -= 1
        lines.append(.same(String(left[x].text)))
      }
      if distance == 0 { break }
      if down {
        y -= 1
        lines.append(.added(String(right[y].text)))
      } else {
        x -= 1
        lines.append(.removed(String(left[x].text)))
      }
    }
    return lines.reversed()
  }

  private static func hunks(_ lines: [Line], context: Int) -> [Line] {
    let changed = lines.indices.filter { if case .same = lines[$0] { false } else { true } }
    var keep = Set<Int>()
    for index in changed {
      for near in max(0, index - context)...min(lines.count - 1, index + context) {
        keep.insert(near)
      }
    }
    var result: [Line] = []
    var left = 0
    for index in lines.indices {
      if keep.contains(index) {
        if left > 0 { result.append(.skipped(left)) }
        left = 0
        result.append(lines[index])
      } else {
        left += 1
      }
    }
    if left > 0, !result.isEmpty { result.append(.skipped(left)) }
    return result
  }
}

/// A line, equal to another when the bytes are: texts that Unicode holds equivalent are different files.
private struct TextLine: Equatable {
  let text: Substring
  let hash: Int

  static func == (left: TextLine, right: TextLine) -> Bool {
    left.hash == right.hash && left.text.utf8.elementsEqual(right.text.utf8)
  }
}
