/// A set of hosts, by their numbers.
struct HostBits: Hashable {
  private var words: [UInt64] = []

  /// No host.
  static let none = HostBits()

  init() {}

  init(_ numbers: some Sequence<Int>) { for number in numbers { insert(number) } }

  mutating func insert(_ number: Int) {
    while words.count <= number / 64 { words.append(0) }
    words[number / 64] |= 1 << UInt64(number % 64)
  }

  func contains(_ number: Int) -> Bool {
    number / 64 < words.count && words[number / 64] & 1 << UInt64(number % 64) != 0
  }

  mutating func formUnion(_ other: HostBits) {
    while words.count < other.words.count { words.append(0) }
    for place in other.words.indices { words[place] |= other.words[place] }
  }
}
