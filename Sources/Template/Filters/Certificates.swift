import BigInt
import PKI
import Schema

/// Filters over certificates and what is in them.
let certificateFilters: [Filter] = [
  Filter("x509_certificate_info", "data, name_encoding=") { call in
    let encoding = try call.text(1, default: "ignore")
    guard encoding == "ignore" else {
      throw call.fail(.plugin, "name_encoding can only be `ignore`")
    }
    guard let certificate = Certificate(pem: try call.text(0, "the certificate")) else {
      throw call.fail(.plugin, "this is no certificate in PEM")
    }
    let now = DateObject.from(epoch: call.context.renderer.now, isUTC: true)
      .formatted("%Y%m%d%H%M%SZ")
    guard let value = CertificateSummary(certificate, now: now).value else {
      throw call.fail(.plugin, "the public key of the certificate is of an unknown kind")
    }
    return Item(data: value)
  },
  Filter("parse_serial", "data") { call in
    let parts = PythonText.split(try call.text(0, "the serial number"), separator: ":")
    var number = BigInt(0)
    for part in parts {
      guard let byte = PythonNumber.integer(part, base: 16), (0...255).contains(byte) else {
        throw call.fail(.plugin, "`\(part)` is not a hexadecimal number from 0 to ff")
      }
      number = number << 8 | byte
    }
    return .integer(number)
  },
  Filter("to_serial", "data") { call in
    guard case .value(let value) = call[0], let number = Number(.value(value))?.big, number >= 0,
      value != .bool(true), value != .bool(false)
    else { throw call.fail(.plugin, "a serial number is an integer from 0") }
    let digits = String(number, radix: 16, uppercase: true)
    let even = Array((digits.utf8.count % 2 == 1 ? "0" : "") + digits)
    return .text(
      stride(from: 0, to: even.count, by: 2).map { String(even[$0...$0 + 1]) }
        .joined(separator: ":"))
  },
  Filter("split_pem", "data") { call in
    var blocks: [String] = []
    var lines: [String]?
    for line in PythonText.lines(try call.text(0, "the PEM"), keepEnds: true) {
      if line.hasPrefix("-----BEGIN ") { lines = [] }
      lines?.append(line)
      if line.hasPrefix("-----END "), let block = lines {
        blocks.append(block.joined())
        lines = nil
      }
    }
    return .texts(blocks)
  },
]
