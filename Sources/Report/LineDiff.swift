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

  private static func split(_ text: String) -> [Substring] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The edit script; where the texts differ too much to compare, all of one and then all of the other.
  private static func edits(_ before: [Substring], _ after: [Substring]) -> [Line] {
    var start = 0
    while start < before.count, start < after.count, before[start] == after[start] { start += 1 }
    var end = 0
    while end < before.count - start, end < after.count - start,
      before[before.count - 1 - end] == after[after.count - 1 - end]
    { end += 1 }
    let left = before[start..<before.count - end]
    let right = after[start..<after.count - end]
    let head = before[..<start].map { Line.same(String($0)) }
    let tail = before[(before.count - end)...].map { Line.same(String($0)) }
    return head + middle(Array(left), Array(right)) + tail
  }

  private static func middle(_ left: [Substring], _ right: [Substring]) -> [Line] {
    guard !left.isEmpty, !right.isEmpty, left.count + right.count <= 4000 else {
      return left.map { .removed(String($0)) } + right.map { .added(String($0)) }
    }
    var trace: [[Int]] = []
    let limit = left.count + right.count
    var furthest = [Int](repeating: 0, count: 2 * limit + 2)
    for distance in 0...limit {
      trace.append(furthest)
      for diagonal in stride(from: -distance, through: distance, by: 2) {
        let down =
          diagonal == -distance
          || (diagonal != distance
            && furthest[limit + diagonal - 1] < furthest[limit + diagonal + 1])
        var x = down ? furthest[limit + diagonal + 1] : furthest[limit + diagonal - 1] + 1
        while x < left.count, x - diagonal < right.count, left[x] == right[x - diagonal] { x += 1 }
        furthest[limit + diagonal] = x
        if x >= left.count, x - diagonal >= right.count {
          return walkBack(left, right, trace, limit)
        }
      }
    }
    return []
  }

  private static func walkBack(
    _ left: [Substring], _ right: [Substring], _ trace: [[Int]], _ limit: Int
  ) -> [Line] {
    var lines: [Line] = []
    var x = left.count
    var y = right.count
    for distance in stride(from: trace.count - 1, through: 0, by: -1) {
      let furthest = trace[distance]
      let diagonal = x - y
      let down =
        diagonal == -distance
        || (diagonal != distance && furthest[limit + diagonal - 1] < furthest[limit + diagonal + 1])
      let previous = down ? diagonal + 1 : diagonal - 1
      let previousX = distance == 0 ? 0 : furthest[limit + previous]
      let previousY = distance == 0 ? 0 : previousX - previous
      while x > previousX, y > previousY {
        x -= 1
        y -= 1
        lines.append(.same(String(left[x])))
      }
      if distance == 0 { break }
      if down {
        y -= 1
        lines.append(.added(String(right[y])))
      } else {
        x -= 1
        lines.append(.removed(String(left[x])))
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
