import Schema

/// What is kept from pods for the kubelet and the container runtime.
///
/// Processors: 6 % of the first, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of the others. Memory: 25 % of
/// the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % of the rest (the curve of GKE), or
/// 255 MiB and 11 MiB for each pod (EKS), whichever is more.
enum KubeletReserve {
  static func reserve(processors: Int, memoryBytes: UInt64, pods: Int) -> ValueMap {
    [
      "cpu": .string("\(millicores(processors))m"),
      "memory": .string("\(mebibytes(memoryBytes, pods: pods))Mi"),
    ]
  }

  static func millicores(_ processors: Int) -> Int {
    // In fortieths of a thousandth, so that a quarter of a percent is a whole number.
    let parts = (0..<max(processors, 1)).reduce(0) { sum, index in
      sum + (index == 0 ? 240 : index == 1 ? 40 : index < 4 ? 20 : 10)
    }
    return (parts + 3) / 4
  }

  static func mebibytes(_ memoryBytes: UInt64, pods: Int) -> Int {
    let total = Int(memoryBytes / 1_048_576)
    let perPods = 255 + 11 * pods
    if total < 1024 { return perPods > total / 2 ? 255 : perPods }
    var rest = total
    var curve = 0
    for (size, percent) in [(4, 25), (4, 20), (8, 10), (112, 6), (Int.max / 1024, 2)] {
      let part = min(rest, size * 1024)
      curve += part * percent
      rest -= part
      if rest == 0 { break }
    }
    // Small machines keep at least half of their memory for pods.
    return max(curve / 100, min(perPods, total / 2))
  }
}
