import Blowfish
import Crypto

/// bcrypt_pbkdf(3) of OpenBSD: PBKDF2 with bcrypt in the place of the hash, its output bytes dealt
/// out over the key.
enum BcryptPBKDF {
  private static let blockLength = 32

  /// `count` bytes; each 32 of them cost `rounds` times about 1.4 ms.
  static func derive(
    passphrase: [UInt8], salt: [UInt8], rounds: Int, count: Int
  ) -> [UInt8] {
    let blocks = (count + blockLength - 1) / blockLength
    let password = BcryptCipher.Key(Array(SHA512.hash(data: passphrase)))
    var key = [UInt8](repeating: 0, count: count)
    for block in 0..<blocks {
      var numbered = WireWriter()
      numbered.uint32(UInt32(block + 1))
      var hash = bcrypt(password, Array(SHA512.hash(data: salt + numbered.bytes)))
      var output = hash
      for _ in 1..<max(rounds, 1) {
        hash = bcrypt(password, Array(SHA512.hash(data: hash)))
        for index in output.indices { output[index] ^= hash[index] }
      }
      for (index, byte) in output.enumerated() where index * blocks + block < count {
        key[index * blocks + block] = byte
      }
    }
    return key
  }

  private static func bcrypt(_ password: BcryptCipher.Key, _ salt: [UInt8]) -> [UInt8] {
    var cipher = BcryptCipher()
    let saltKey = BcryptCipher.Key(salt)
    cipher.expand(password, salt: salt)
    for _ in 0..<64 {
      cipher.expand(saltKey)
      cipher.expand(password)
    }
    return cipher.encrypted("OxychromaticBlowfishSwatDynamite", times: 64)
      .flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }
}
