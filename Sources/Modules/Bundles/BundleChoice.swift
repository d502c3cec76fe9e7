import Bundle
import Diagnostics
import ModuleKit
import Schema

/// Which item of a bundle a task means: chosen when the host is known.
struct BundleChoice: Sendable {
  /// Those that the task may mean; never empty.
  let candidates: [BundleOffer.Item]
  /// What the task asks for, for messages: "`kubelet`".
  private let title: String
  /// What the task says; nil for that of the host.
  let architecture: String?
  /// What the task says; nil for any.
  let version: String?

  static let bundle = Parameter<[String]?>.optional(
    "bundle",
    """
    The bundle on the controller, a folder or an archive; with a delta also the one that it was made against. Without it \
    the variable `spile_bundle` names it. It must be signed by the key in `spile_bundle_key`, else by that of the \
    environment's SPILE_BUNDLE_KEY.
    """, treatment: .bundle)
  static let version = Parameter<String?>.optional(
    "version", "The version of the item, where the bundle has several.")
  static let arch = Parameter<String?>.optional(
    "arch", "The architecture, as `amd64` or `x86_64`. Without it that of the host.")

  static let notes = [
    """
    The signature of the bundle is compared on the controller before anything runs, and the blob's digest before it \
    travels. What `spile bundle push` has staged on the host is used where its digest is right; else the blob is sent.
    """
  ]

  /// Those items of the task's bundle that fit; an error at the parameter where there is none.
  init(
    _ arguments: Arguments, _ parameter: ParameterManual, title: String,
    where fits: (BundleOffer.Item) -> Bool
  ) throws(Diagnostic) {
    guard let offer = arguments.argument(Self.bundle.manual)?.bundle else {
      throw Diagnostic(
        .error, "missing-parameter", "module `\(arguments.module)` needs a `bundle`",
        at: arguments.span,
        help: "give it, or set `spile_bundle` to the path of the bundle on the controller")
    }
    let version = try arguments[Self.version]
    self.version = version
    let named = offer.items.filter(fits)
    candidates = named.filter { version == nil || $0.version == version }
    self.title = title
    architecture = try arguments[Self.arch].map(Architecture.name(ofMachine:))
    guard candidates.isEmpty else { return }
    let has = Set(named.map(\.version)).sorted().joined(separator: ", ")
    throw Diagnostic(
      .error, "bundle-lacks",
      "there is no \(title)\(version.map { " in version `\($0)`" } ?? "") in the bundle `\(offer.path)`",
      at: arguments.span(of: parameter),
      help: named.isEmpty ? "`spile bundle list` shows what it has" : "it has \(has)")
  }

  /// Whether the host decides.
  private var dependsOnHost: Bool {
    candidates.contains { !$0.architectures.isEmpty && architecture == nil || !$0.systems.isEmpty }
  }

  var reads: [FactRequest] { dependsOnHost ? [FactRequest(OSFact.self)] : [] }

  /// The item for the host; refuses where there is none, or several.
  func item(_ facts: FactView) throws(Obstacle) -> BundleOffer.Item {
    var fitting = candidates
    var place = architecture ?? ""
    if dependsOnHost {
      guard let system = try facts.fact(OSFact.self) else {
        throw .unreadable(FactKey(OSFact.self), "nothing is known of the system")
      }
      let machine = architecture ?? Architecture.name(ofMachine: system.architecture)
      let names = SystemName.all(id: system.id, version: system.release["VERSION_ID"] ?? "")
      place = "\(machine) \(names.last ?? "")"
      fitting = candidates.filter { item in
        (item.architectures.isEmpty || item.architectures.contains(machine))
          && (item.systems.isEmpty || item.systems.contains { names.contains($0) })
      }
    } else if let architecture {
      fitting = candidates.filter {
        $0.architectures.isEmpty || $0.architectures.contains(architecture)
      }
    }
    guard let item = fitting.first else {
      let has = candidates.map { ($0.architectures + $0.systems).joined(separator: " ") }
      throw .refusing(
        "bundle-lacks", "the bundle has \(title) not for \(place)",
        help: "it has it for \(has.joined(separator: "; "))")
    }
    guard Set(fitting.map(\.blob)).count == 1 else {
      let versions = Set(fitting.map { "\($0.kind) \($0.version)" }).sorted()
      throw .refusing(
        "bundle-several", "the bundle has several of \(title) for this host",
        help: "say which one by `version` or `kind`: \(versions.joined(separator: ", "))")
    }
    return item
  }
}

/// A blob as `spile bundle push` leaves it on a host.
struct StagedBlob: Sendable {
  let blob: Blob

  var path: HostPath { HostPath(BundleOffer.stagingFolder + "/" + blob.sha256) ?? .root }

  /// Wanted only where something is to be done: it is read whole.
  var reads: [FactRequest] { [FactRequest(ContentFact.self, path.string)] }

  /// Refuses a blob that has to travel and is not what the manifest says: it is read whole, once in a run.
  func check() throws(Obstacle) {
    do throws(BlobFailure) {
      _ = try blob.piece(0..<0)
    } catch {
      throw .refusing(
        "blob-broken", error.reason, help: "`spile bundle verify` tells all that is wrong with it")
    }
  }

  /// The path, where the right bytes are there.
  func path(_ facts: FactView) -> HostPath? {
    facts.known(ContentFact.self, path.string)?.sha256 == blob.sha256 ? path : nil
  }
}
