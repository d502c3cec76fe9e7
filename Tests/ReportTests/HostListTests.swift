import Testing

@testable import Report

@Suite struct HostListTests {
  @Test(
    arguments: [
      (names: [], text: ""),
      (names: ["web"], text: "web"),
      (names: ["n1", "n2"], text: "n1, n2"),
      (names: ["n1", "n2", "n3"], text: "n[1:3]"),
      (names: ["n3", "n1", "n2"], text: "n[1:3]"),
      (names: ["n09", "n10", "n11"], text: "n[09:11]"),
      (names: ["n8", "n9", "n10"], text: "n[8:10]"),
      (names: ["n1", "n2", "n3", "n5", "n7", "n8", "n9"], text: "n[1:3], n5, n[7:9]"),
      (names: ["a1.x", "a2.x", "a3.x", "a1.y"], text: "a[1:3].x, a1.y"),
      (names: ["10.0.0.8", "10.0.0.9", "10.0.0.10"], text: "10.0.0.[8:10]"),
      (names: ["db", "n1", "n2", "n3", "lb"], text: "db, n[1:3], lb"),
      (names: ["k8s-a", "k8s-b"], text: "k8s-a, k8s-b"),
    ] as [(names: [String], text: String)])
  func `names that count up are joined`(_ row: (names: [String], text: String)) {
    #expect(HostList.text(row.names) == row.text)
  }

  @Test func `what is left out is counted`() {
    let names = stride(from: 0, to: 60, by: 3).map { "n\($0)" }
    #expect(HostList.text(names).hasSuffix("n30 and 9 more"))
  }

  @Test func `a number too large to count stays as it is`() {
    let name = "n99999999999999999999999"
    #expect(HostList.text([name]) == name)
  }
}
