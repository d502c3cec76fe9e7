import Diagnostics

extension [Diagnostic] {
  /// By place, file by file in the order in which the files first appear; what has no place stays among its neighbours.
  func inFileOrder() -> [Diagnostic] {
    var ranks: [ObjectIdentifier?: Int] = [:]
    var keyed: [(rank: Int, start: Int, offset: Int, diagnostic: Diagnostic)] = []
    for (offset, diagnostic) in enumerated() {
      let file = diagnostic.span.map { ObjectIdentifier($0.file) }
      let rank = ranks[file] ?? ranks.count
      ranks[file] = rank
      keyed.append((rank, diagnostic.span?.start ?? 0, offset, diagnostic))
    }
    return keyed.sorted { ($0.rank, $0.start, $0.offset) < ($1.rank, $1.start, $1.offset) }
      .map(\.diagnostic)
  }

  /// By the names of the files, then by place: an order that does not depend on how they were found.
  func byPlace() -> [Diagnostic] {
    sorted { left, right in
      guard let left = left.span, let right = right.span else { return right.span != nil }
      return (left.file.name, left.start) < (right.file.name, right.start)
    }
  }
}
