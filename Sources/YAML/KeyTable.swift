import Diagnostics

/// Finds equal keys of one mapping by hashing; the memory is used again.
struct KeyTable {
  private var slots: [UInt32] = []

  /// Makes room for the keys of a mapping.
  mutating func reset(for count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    slots.removeAll(keepingCapacity: true)
    slots.append(contentsOf: repeatElement(0, count: capacity))
  }

  /// Puts a key in, or answers an equal one that is in already.
  mutating func insert(_ key: UInt32, hash: UInt64, isEqual: (UInt32) -> Bool) -> UInt32? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if isEqual(slots[slot] - 1) { return slots[slot] - 1 }
      slot = (slot + 1) & mask
    }
    slots[slot] = key + 1
    return nil
  }
}

extension Parser {
  /// Reports keys of a mapping that are there twice; keys that are collections are not compared, nor those on
  /// different sides of the record with which reading was `resumed` after an error.
  mutating func checkKeys(of mapping: Int, resumed: Int) {
    let count = Int(records[mapping].value) / 2
    guard count > 1 else { return }
    if count > limits.keys {
      _ = limitFault(
        "keys-limit", "a mapping has more than \(limits.keys) keys", "yaml.keys",
        at: records[mapping].range.lowerBound..<records[mapping].range.lowerBound + 1)
      isOver = true
      return
    }
    var keys: [Int] = []
    keys.reserveCapacity(count)
    var index = mapping + 1
    var isKey = true
    let end = Int(records[mapping].next)
    while index < end {
      if records[index].kind == .gap {
        index += 1
        continue
      }
      if isKey { keys.append(index) }
      isKey.toggle()
      index = Int(records[index].next)
    }
    for (later, earlier) in count <= 8 ? compareAll(keys) : compareHashed(keys)
    where !(earlier < resumed && resumed <= later) {
      reportDuplicate(later, first: earlier)
    }
  }

  /// Equal keys, by comparing each with all before.
  private func compareAll(_ keys: [Int]) -> [(later: Int, earlier: Int)] {
    var equal: [(later: Int, earlier: Int)] = []
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: keys.count) { outlines in
      for later in keys.indices {
        let outline = outline(of: keys[later])
        outlines.initializeElement(at: later, to: outline)
        for earlier in 0..<later
        where outlines[earlier] == outline && areEqual(keys[earlier], keys[later]) {
          equal.append((keys[later], keys[earlier]))
          break
        }
      }
    }
    return equal
  }

  /// A number that equal keys share: of the content its length, its first and its last byte.
  private func outline(of key: Int) -> UInt32 {
    guard let record = scalarRecord(key) else { return 0 }
    guard !record.flags.contains(.cooked) else {
      let content = content(record)
      return outline(content.count, content.first ?? 0, content.last ?? 0)
    }
    let range = verbatim(record)
    guard !range.isEmpty else { return outline(0, 0, 0) }
    return outline(range.count, source[range.lowerBound], source[range.upperBound - 1])
  }

  private func outline(_ count: Int, _ first: UInt8, _ last: UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: count) << 16 | UInt32(first) << 8 | UInt32(last)
  }

  /// Equal keys, by hashing.
  private mutating func compareHashed(_ keys: [Int]) -> [(later: Int, earlier: Int)] {
    var table = KeyTable()
    swap(&table, &keyTable)
    defer { swap(&table, &keyTable) }
    table.reset(for: keys.count)
    var equal: [(later: Int, earlier: Int)] = []
    for key in keys {
      guard let scalar = scalarRecord(key) else { continue }
      let earlier = table.insert(UInt32(truncatingIfNeeded: key), hash: hash(of: scalar)) {
        areEqual(Int($0), key)
      }
      if let earlier { equal.append((key, Int(earlier))) }
    }
    return equal
  }

  /// The scalar that a key is or stands for.
  private func scalarRecord(_ index: Int) -> Record? {
    var record = records[index]
    if record.kind == .alias { record = records[Int(record.value)] }
    return record.kind == .scalar ? record : nil
  }

  private func areEqual(_ first: Int, _ second: Int) -> Bool {
    guard let left = scalarRecord(first), let right = scalarRecord(second) else { return false }
    let isEqual: Bool
    if left.flags.contains(.cooked) || right.flags.contains(.cooked) {
      isEqual = content(left) == content(right)
    } else {
      let (leftRange, rightRange) = (verbatim(left), verbatim(right))
      isEqual =
        leftRange.count == rightRange.count
        && source[leftRange].elementsEqual(source[rightRange])
    }
    guard isEqual else { return false }
    if (left.style == .plain) == (right.style == .plain) { return true }
    let text = content(left)
    return PlainScalar(String(decoding: text, as: UTF8.self), .ansible).isString
  }

  private func verbatim(_ record: Record) -> Range<Int> {
    Tree.verbatimRange(of: record)
  }

  private func content(_ record: Record) -> [UInt8] {
    record.flags.contains(.cooked)
      ? ScalarText(record, in: source).bytes : Array(source[verbatim(record)])
  }

  /// FNV-1a over the content.
  private func hash(of record: Record) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    if record.flags.contains(.cooked) {
      for byte in content(record) { add(byte) }
    } else {
      for byte in source[verbatim(record)] { add(byte) }
    }
    return hash ^ (hash >> 29)
  }

  private mutating func reportDuplicate(_ key: Int, first: Int) {
    let name = String(decoding: scalarRecord(key).map(content) ?? [], as: UTF8.self)
    let isMerge = name == "<<"
    _ = fault(
      "duplicate-key", "the key `\(name)` is there twice", at: records[key].range,
      labels: [(records[first].range, "first here")],
      help: isMerge
        ? "merge several mappings with a list: `<<: [*a, *b]`" : "remove one, or rename it")
  }
}
