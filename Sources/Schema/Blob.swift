/// Bytes known by their digest: the content of a file that travels to a host, or came from one.
package struct Blob: Sendable, Hashable {
  package let bytes: [UInt8]
  /// Lower-case hexadecimal SHA-256 of `bytes`.
  package let sha256: String
  /// Whether the bytes may be shown; a secret blob travels, but appears in no output.
  package let isSecret: Bool

  /// `sha256` must be that of `bytes`: `ModuleKit` has the initializer that computes it.
  package init(bytes: [UInt8], sha256: String, isSecret: Bool = false) {
    self.bytes = bytes
    self.sha256 = sha256
    self.isSecret = isSecret
  }

  package static func == (left: Blob, right: Blob) -> Bool { left.sha256 == right.sha256 }

  package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
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
