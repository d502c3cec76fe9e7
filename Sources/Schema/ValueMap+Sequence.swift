import OrderedCollections

/// The entries in order.
extension ValueMap: Sequence {
  package struct Iterator: IteratorProtocol {
    private var entries: OrderedDictionary<Value, Value>.Iterator

    fileprivate init(_ map: ValueMap) { entries = map.entries.makeIterator() }

    package mutating func next() -> (key: Value, value: Value)? { entries.next() }
  }

  package func makeIterator() -> Iterator { Iterator(self) }

  package var underestimatedCount: Int { count }
}
