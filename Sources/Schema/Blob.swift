/// Bytes known by their digest: the content of a file that travels to a host, or came from one.
package struct Blob: Sendable, Hashable {
  private enum Storage: Sendable {
    case held([UInt8])
    /// On the controller's disk, read piece by piece when they travel.
    case stored(count: Int, read: Reading)
  }

  /// Reads a range of stored bytes; throws why that cannot be.
  package typealias Reading = @Sendable (Range<Int>) throws(BlobFailure) -> [UInt8]

  private let storage: Storage
  /// Lower-case hexadecimal SHA-256 of the bytes.
  package let sha256: String
  /// Whether the bytes may be shown; a secret blob travels, but appears in no output.
  package let isSecret: Bool

  /// `sha256` must be that of `bytes`: `ModuleKit` has the initializer that computes it.
  package init(bytes: [UInt8], sha256: String, isSecret: Bool = false) {
    storage = .held(bytes)
    self.sha256 = sha256
    self.isSecret = isSecret
  }

  /// Bytes too many to be held in memory, with their number and digest.
  package init(count: Int, sha256: String, read: @escaping Reading) {
    storage = .stored(count: count, read: read)
    self.sha256 = sha256
    isSecret = false
  }

  /// How many bytes there are.
  package var count: Int {
    switch storage {
    case .held(let bytes): bytes.count
    case .stored(let count, _): count
    }
  }

  /// All bytes; none of a stored blob that cannot be read, which whoever compares the digest notices.
  package var bytes: [UInt8] {
    switch storage {
    case .held(let bytes): bytes
    case .stored(let count, let read): (try? read(0..<count)) ?? []
    }
  }

  /// A range of the bytes.
  package func piece(_ range: Range<Int>) throws(BlobFailure) -> [UInt8] {
    switch storage {
    case .held(let bytes): Array(bytes[range])
    case .stored(_, let read): try read(range)
    }
  }

  package static func == (left: Blob, right: Blob) -> Bool { left.sha256 == right.sha256 }

  package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
}

/// Why stored bytes cannot be used: lower case, no full stop.
package struct BlobFailure: Error, Sendable, Hashable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}

/// What the engine read from the controller's disk for a parameter of the kinds `controllerFile` and `templateFile`.
package enum ControllerContent: Sendable, Hashable {
  case file(Blob, mode: UInt16)
  /// A folder: entries by path relative to it, folders before what is in them.
  case tree([TreeEntry])

  /// A file or folder below a folder of the controller.
  package struct TreeEntry: Sendable, Hashable {
    package var path: String
    /// Permission bits on the controller.
    package var mode: UInt16
    /// nil for a folder, and for a link.
    package var blob: Blob?
    /// What a symbolic link says; nil for what is none.
    package var link: String?
    /// nil where it does not matter.
    package var owner: Owner?
    /// Seconds since 1970; nil where it does not matter.
    package var modified: Int?

    package init(
      path: String, mode: UInt16, blob: Blob?, owner: Owner? = nil, modified: Int? = nil
    ) {
      self.path = path
      self.mode = mode
      self.blob = blob
      self.owner = owner
      self.modified = modified
    }
  }
  /// Owner and group of an entry: names, empty where there are none, and numbers.
  package struct Owner: Sendable, Hashable {
    package var user: String
    package var uid: Int
    package var group: String
    package var gid: Int

    package init(user: String, uid: Int, group: String, gid: Int) {
      self.user = user
      self.uid = uid
      self.group = group
      self.gid = gid
    }
  }
}
