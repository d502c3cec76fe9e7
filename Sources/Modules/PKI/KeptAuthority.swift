import Diagnostics
import PKI
import Schema
import Synchronization

/// A certificate authority in a folder of the controller, as arguments bring it to modules.
enum KeptAuthority {
  static let (certificateName, keyName) = ("ca.crt", "ca.key")
  static let treatment = ParameterTreatment.kept([certificateName, keyName])

  static let parameter = Parameter<String>.required(
    "ca",
    """
    The folder of the certificate authority on the controller, with `ca.crt` and `ca.key`, as `certificate_authority` \
    makes it; a relative path counts from the playbook's folder.
    """, treatment: treatment)

  /// What is in the folder, as far as it is there.
  struct Files {
    var certificate: String?
    var key: Blob?
    /// Permission bits of the key's file.
    var keyMode: UInt16

    init(_ argument: Argument) {
      var entries: [String: ControllerContent.TreeEntry] = [:]
      if case .tree(let tree) = argument.content {
        for entry in tree {
          entries[entry.path.split(separator: "/").last.map(String.init) ?? ""] = entry
        }
      }
      certificate = entries[certificateName]?.blob.map { String(decoding: $0.bytes, as: UTF8.self) }
      key = entries[keyName]?.blob
      keyMode = entries[keyName]?.mode ?? 0o600
    }

    /// Whether the key's file is in plain, and others may read it.
    var isExposed: Bool { key.map { !$0.isSecret } == true && keyMode & 0o077 != 0 }
  }

  /// The authority that a task names; refuses one that is not there or cannot sign.
  static func read(_ arguments: Arguments) throws(Diagnostic) -> Authority {
    let path = try arguments[parameter]
    guard let argument = arguments.argument(parameter.manual) else {
      throw Diagnostic(
        .error, "missing-parameter", "the parameter `ca` is missing", at: arguments.span)
    }
    let files = Files(argument)
    guard let certificate = files.certificate, let key = files.key else {
      let missing = files.certificate == nil ? certificateName : keyName
      throw argument.wrong(
        "no-authority", "names a folder without `\(missing)`: \(path)",
        help:
          "a task with `certificate_authority: {path: \(path), common_name: ...}` before this one makes it"
      )
    }
    if files.isExposed { throw exposed(path, at: argument) }
    do throws(Authority.Fault) {
      return try authority(certificate, key, at: arguments.present)
    } catch {
      throw argument.wrong("unfit-authority", "cannot be used (\(path)): \(error.message)")
    }
  }

  /// Authorities that were read already, by what their files hold: many tasks on many hosts name the same one.
  private static let known = Mutex<[[String]: Authority]>([:])

  /// The authority of two files, which is read once.
  ///
  /// `now`: nil where it does not matter whether it has expired.
  static func authority(
    _ certificates: String, _ key: Blob, at now: Moment?
  ) throws(Authority.Fault) -> Authority {
    let files = [certificates, key.sha256]
    let authority: Authority
    if let read = known.withLock({ $0[files] }) {
      authority = read
    } else {
      authority = try Authority(
        certificates: certificates, key: String(decoding: key.bytes, as: UTF8.self))
      known.withLock { $0[files] = authority }
    }
    if let now { try authority.checkValidity(at: now) }
    return authority
  }

  /// The diagnostic about a private key that others may read.
  static func exposed(_ path: String, at argument: Argument) -> Diagnostic {
    argument.wrong(
      "exposed-key", "names a private key in plain that others may read: \(path)/\(keyName)",
      help: "encrypt it: `spile vault encrypt \(path)/\(keyName)`; or `chmod 600` it")
  }
}

extension Arguments {
  /// The present; nil where nothing runs, and nothing can have expired.
  var present: Moment? { now == 0 ? nil : Moment(seconds: now) }
}

/// The kind of key that modules make.
struct KeyTypeChoice: ParameterType, Hashable {
  let type: KeyAlgorithm

  init(_ type: KeyAlgorithm) { self.type = type }

  static var typeDescription: String { "choice" }
  static var choices: [String] { KeyAlgorithm.allCases.map(\.rawValue) }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let type = KeyAlgorithm(rawValue: argument.sourceText ?? "") else {
      throw argument.wrong(
        "argument-choice",
        "must be one of \(Self.choices.map { "`\($0)`" }.joined(separator: ", ")), not \(argument.shown)"
      )
    }
    self.type = type
  }
}

/// A number of days, from 1.
struct Days: ParameterType, Hashable {
  let count: Int

  init(_ count: Int) { self.count = count }

  static var typeDescription: String { "number of days" }

  init(_ argument: Argument) throws(Diagnostic) {
    count = try Int(argument)
    guard (1...36500).contains(count) else {
      throw argument.wrong("argument-range", "must be 1 to 36500 days, not \(count)")
    }
  }
}

extension Moment {
  /// `2027-11-21 (364 days)`.
  func counted(from now: Moment) -> String {
    let days = (seconds - now.seconds) / 86400
    if self < now { return "\(day) (expired)" }
    return "\(day) (\(days) \(days == 1 ? "day" : "days"))"
  }
}
