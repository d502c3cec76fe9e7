/// The order in which CPython's `set` goes through integers: Ansible's filters of sets give lists in it.
///
/// Texts have no such order, since Python seeds their hashes anew in each process. Facts from CPython 3.12,
/// `Objects/setobject.c` and `Objects/longobject.c`.
struct HashOrder {
  private var table: [Int?] = Array(repeating: nil, count: 8)
  /// Numbers that were taken out; their places stay taken until the table grows.
  private var removed: Set<Int> = []
  private(set) var count = 0

  init() {}

  /// A set made of a list.
  init(_ numbers: [Int]) {
    for number in numbers { insert(number) }
  }

  /// The numbers as the set gives them.
  var numbers: [Int] { table.compactMap(\.self).filter { !removed.contains($0) } }

  func contains(_ number: Int) -> Bool {
    table[place(of: number, in: table)] != nil && !removed.contains(number)
  }

  mutating func insert(_ number: Int) {
    let place = place(of: number, in: table)
    guard table[place] == nil else { return }
    table[place] = number
    count += 1
    if (count + removed.count) * 5 >= (table.count - 1) * 3 {
      resize(count > 50_000 ? count * 2 : count * 4)
    }
  }

  /// Adds all of another set: its table is grown at once where it would not do.
  mutating func merge(_ other: HashOrder) {
    if (count + other.count) * 5 >= (table.count - 1) * 3 { resize((count + other.count) * 2) }
    if count == 0, table.count == other.table.count {
      self = other
    } else {
      for number in other.numbers { insert(number) }
    }
  }

  func union(_ other: HashOrder) -> HashOrder {
    var result = HashOrder()
    result.merge(self)
    result.merge(other)
    return result
  }

  func intersection(_ other: HashOrder) -> HashOrder {
    let (small, large) = other.count > count ? (self, other) : (other, self)
    return HashOrder(small.numbers.filter(large.contains))
  }

  func subtracting(_ other: HashOrder) -> HashOrder {
    if count >> 2 <= other.count { return HashOrder(numbers.filter { !other.contains($0) }) }
    var result = HashOrder()
    result.merge(self)
    for number in other.numbers where contains(number) { result.remove(number) }
    return result
  }

  func symmetricDifference(_ other: HashOrder) -> HashOrder {
    var result = HashOrder()
    result.merge(other)
    for number in numbers {
      if other.contains(number) { result.remove(number) } else { result.insert(number) }
    }
    return result
  }

  /// Takes out a number that is there.
  private mutating func remove(_ number: Int) {
    removed.insert(number)
    count -= 1
  }

  private mutating func resize(_ least: Int) {
    var size = 8
    while size <= least { size <<= 1 }
    var grown = [Int?](repeating: nil, count: size)
    for number in numbers { grown[place(of: number, in: grown)] = number }
    table = grown
    removed = []
  }

  /// Where a number is, or would be put.
  private func place(of number: Int, in table: [Int?]) -> Int {
    let mask = UInt(table.count - 1)
    let hash = HashOrder.hash(number)
    var perturbation = hash
    var index = hash & mask
    while true {
      let last = index + 9 <= mask ? index + 9 : index
      for probe in index...last where table[Int(probe)] == nil || table[Int(probe)] == number {
        return Int(probe)
      }
      perturbation >>= 5
      index = (index &* 5 &+ 1 &+ perturbation) & mask
    }
  }

  private static func hash(_ number: Int) -> UInt {
    let modulus = (1 << 61) - 1
    let hash = number % modulus
    return UInt(bitPattern: hash == -1 ? -2 : hash)
  }
}
