import ModuleKit
import Schema

/// The images that containerd has in a namespace, by `ctr images list`; the key is the namespace.
package struct ContainerdImagesFact: Fact {
  package static let kind = "containerd images"

  package struct Image: Sendable, Hashable {
    /// Of the manifest or index: `sha256:...`.
    package var digest: String
    package var labels: Set<String>
  }

  /// By name.
  package var images: [String: Image]

  package init(images: [String: Image]) { self.images = images }

  /// containerd's CRI adds a name by digest, and labels of its own.
  package static func == (left: ContainerdImagesFact, right: ContainerdImagesFact) -> Bool {
    left.pins == right.pins
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(pins) }

  /// Whether each image with a full name is pinned.
  private var pins: [String: Bool] {
    images.filter { !$0.key.hasPrefix("sha256:") }
      .mapValues { $0.labels.contains(ContainerdImageModule.pin) }
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.map { request in
        """
        code=0
        list=$(ctr --connect-timeout 2s --namespace \(request.key.name) images list 2>&1) || code=$?
        put \(request.key.name) "$code" "$list"
        """
      })
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ContainerdImagesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ContainerdImagesFact>] = [:]
    while records.count >= 3 {
      let (name, code, text) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      readings[name] =
        code == "0"
        ? .present(ContainerdImagesFact(images: images(text)))
        : .unreadable(String(text.trimmed))
    }
    return readings
  }

  /// Lines of `REF TYPE DIGEST SIZE PLATFORMS LABELS`; the size has a blank in it, labels are joined by commas.
  private static func images(_ text: String) -> [String: Image] {
    var images: [String: Image] = [:]
    for line in text.fileLines.dropFirst() {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      guard words.count >= 6, words[2].contains(":"), let labels = words.last else { continue }
      images[words[0]] = Image(
        digest: words[2], labels: Set(labels.split(separator: ",").map(String.init)))
    }
    return images
  }
}

/// The images in an archive of the host, as its `index.json` names them; absent where there is no such file.
///
/// OCI image layout 1.0: annotations `io.containerd.image.name` and `org.opencontainers.image.ref.name`.
package struct ImageArchiveFact: Fact {
  package static let kind = "image archive"
  package static let keysArePaths = true

  /// Digests by name; empty for archives without `index.json`, or whose images have no full names.
  package var images: [String: String]

  package init(images: [String: String]) { self.images = images }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.map { request in
        """
        if [ -f \(request.key.name) ]; then
          put \(request.key.name) there "$(tar -xOf \(request.key.name) index.json 2>/dev/null)"
        else put \(request.key.name) absent ''; fi
        """
      })
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ImageArchiveFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ImageArchiveFact>] = [:]
    while records.count >= 3 {
      let (name, state, text) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      readings[name] =
        state == "there" ? .present(ImageArchiveFact(images: images(text))) : .absent
    }
    return readings
  }

  private static func images(_ text: String) -> [String: String] {
    var images: [String: String] = [:]
    guard case .dict(let index)? = try? JSON.parse(text),
      case .list(let manifests)? = index["manifests"]
    else { return images }
    for case .dict(let manifest) in manifests {
      guard case .dict(let annotations)? = manifest["annotations"],
        let digest = manifest["digest"]?.string
      else { continue }
      let full = annotations["io.containerd.image.name"]?.string
      let reference = annotations["org.opencontainers.image.ref.name"]?.string
      guard let name = full ?? reference, name.contains("/") else { continue }
      images[name] = digest
    }
    return images
  }
}
