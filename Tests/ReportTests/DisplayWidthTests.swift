import Testing

@testable import Report

@Suite struct DisplayWidthTests {
  @Test(
    arguments: [
      (text: "abc", width: 3), (text: "等一下", width: 6), (text: "e\u{301}", width: 1),
      (text: "\u{1B}", width: 0), (text: "", width: 0),
    ])
  func `wide characters take two cells`(_ row: (text: String, width: Int)) {
    #expect(DisplayWidth.of(row.text) == row.width)
  }

  @Test(
    arguments: [
      (text: "abcdef", width: 6, cut: "abcdef"), (text: "abcdef", width: 5, cut: "abcd…"),
      (text: "等一下", width: 5, cut: "等一…"), (text: "等一下", width: 4, cut: "等…"),
      (text: "abc", width: 0, cut: ""),
    ])
  func `a text is cut to cells`(_ row: (text: String, width: Int, cut: String)) {
    #expect(DisplayWidth.cut(row.text, to: row.width) == row.cut)
    #expect(DisplayWidth.of(DisplayWidth.cut(row.text, to: row.width)) <= row.width)
  }
}
