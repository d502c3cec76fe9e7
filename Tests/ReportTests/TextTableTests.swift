import Testing

@testable import Report

@Suite struct TextTableTests {
  private let plain = Style(isColoured: false)

  @Test func `columns are as wide as their texts are on a terminal`() {
    var table = TextTable(["NAME", "SIZE", "NOTE"], numbers: [1])
    table.add(["配置", "6 B", "x"])
    table.add(["kubelet", "1.5 KiB", ""])
    #expect(
      table.lines(plain) == [
        "NAME        SIZE  NOTE",
        "配置         6 B  x",
        "kubelet  1.5 KiB",
      ])
  }

  @Test func `a column in which nothing stands is left out`() {
    var table = TextTable(["NAME", "ARCH", "OS"])
    table.add(["one", "", "debian12"])
    #expect(table.lines(plain) == ["NAME  OS", "one   debian12"])
  }

  @Test func `nothing in a cell moves the cursor`() {
    var table = TextTable(["NAME"])
    table.add(["a\u{1B}[2Jb"])
    #expect(table.lines(plain)[1] == "a\\x1b[2Jb")
  }

  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (70_000_000, "66.8 MiB"), (5 << 30, "5.0 GiB"),
  ])
  func `bytes are told in units`(_ count: Int, _ text: String) {
    #expect(ByteCount.text(count) == text)
  }
}
