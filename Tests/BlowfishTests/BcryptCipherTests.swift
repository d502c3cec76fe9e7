import Testing

@testable import Blowfish

/// What is built on it is compared with passlib and OpenBSD where it is used.
struct BcryptCipherTests {
  /// As OpenSSL 3 encrypts eight zeros.
  @Test(
    arguments: [
      ("0000000000000000", 0x4EF9_9745_6198_DD78), ("FEDCBA9876543210", 0x2324_986D_A676_719C),
      ("E0FEE0FEF1FEF1FE", 0xB154_F404_4344_E278),
    ] as [(String, UInt64)])
  func `without a salt it is Blowfish`(key: String, wanted: UInt64) throws {
    let number = try #require(UInt64(key, radix: 16))
    var cipher = BcryptCipher()
    cipher.expand(.init((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }))
    let words = cipher.encrypted(String(repeating: "\0", count: 8), times: 1)
    #expect(words == [UInt32(wanted >> 32), UInt32(truncatingIfNeeded: wanted)])
  }

  @Test func `its tables begin with the digits of π`() {
    #expect(
      HexadecimalPi.fraction(words: 4) == [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344])
  }
}
