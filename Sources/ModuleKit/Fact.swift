/// Which thing of which kind on which machine; the identity under which an observation is kept.
package struct FactKey: Hashable, Sendable, CustomStringConvertible {
  package let type: any Fact.Type
  /// The thing: a path, a key, a unit's name; empty for a kind of which a machine has one.
  package let name: String
  /// The inventory's name of another machine; nil for the one that the task runs on.
  package let machine: String?

  package init<F: Fact>(_ kind: F.Type, _ name: String = "", machine: String? = nil) {
    type = kind
    self.name = name
    self.machine = machine
  }

  /// The name of the kind: `file`, `sysctl`, `unit`.
  package var kind: String { type.kind }
  /// Whether `name` is a path, so that steps which write paths touch it.
  package var isPath: Bool { type.keysArePaths }
  /// How much besides the thing itself the fact tells about.
  package var reach: FactReach { type.reach }
  /// Files and folders elsewhere that the fact depends on; see `Fact.sources(of:)`.
  package var sources: [String] { type.sources(of: name) }

  package static func == (left: FactKey, right: FactKey) -> Bool {
    left.type == right.type && left.name == right.name && left.machine == right.machine
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(type))
    hasher.combine(name)
  }

  package var description: String { name.isEmpty ? kind : "\(kind) \(name)" }
}

/// How far away a step may write and still change a fact.
package enum FactReach: Sendable, Hashable {
  /// Only what writes the thing itself changes the fact.
  case thing
  /// The key is a folder, and the fact tells about everything below it.
  case tree
  /// Whatever is written on the machine may change the fact: what a command of the user says.
  case machine
}

/// A fact that somebody wants to know, and what of it.
package struct FactRequest: Hashable, Sendable {
  package let key: FactKey
  /// What is wanted beyond the fact itself, in words that the kind defines (`content`,
  /// `unless:<sha256>`).
  ///
  /// Requests for one key are merged; an observation serves every request whose wants it was made
  /// with.
  package var wants: Set<String>

  /// A want of predictions: what is predicted serves every request.
  package static let everything = "*"

  package init<F: Fact>(
    _ kind: F.Type, _ name: String = "", wants: Set<String> = [], machine: String? = nil
  ) {
    key = FactKey(kind, name, machine: machine)
    self.wants = wants
  }
}

/// The answer about one thing.
///
/// Absent, unreadable and timed out are different answers, and none is "no".
package enum Reading<Observed: Sendable>: Sendable {
  case present(Observed)
  case absent
  /// It was asked for and could not be read; why, in the host's words.
  case unreadable(String)
  /// No answer within the deadline.
  case timedOut
  /// Depends on something that is only known later (dry run), or was not asked for.
  case unknown(Reason)

  /// Why an answer is not known: plain words.
  package struct Reason: Sendable, Hashable {
    package let text: String
    package init(_ text: String) { self.text = text }
  }
}

extension Reading: Equatable where Observed: Equatable {}
extension Reading: Hashable where Observed: Hashable {}

/// The observed state of one kind of thing.
///
/// A kind probes many keys in one command and parses the reply purely.
package protocol Fact: Sendable, Hashable {
  /// Lower-case name: `file`, `sysctl`.
  static var kind: String { get }
  /// Whether keys are paths of the host.
  static var keysArePaths: Bool { get }
  /// How much besides the thing itself a fact tells about.
  static var reach: FactReach { get }
  /// Paths whose content, or what lies below them, decides about the thing of that name: the files of a unit.
  /// A step that writes there changes the fact.
  static func sources(of name: String) -> [String]
  /// Read-only POSIX sh that observes all the things asked for, in one go. It runs in a subshell with the functions
  /// of `ShellLibrary`, `LC_ALL=C`, standard input `/dev/null`; it may not change the host.
  static func probe(_ requests: [FactRequest]) -> Script
  /// Whether the fact, got by asking with some wants, holds what others ask for too.
  func serves(_ wants: Set<String>, asked: Set<String>) -> Bool
  /// The readings by name. A name without an entry counts as unreadable.
  static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String: Reading<Self>]
}

extension Fact {
  package static var keysArePaths: Bool { false }
  package static var reach: FactReach { .thing }
  package static func sources(of name: String) -> [String] { [] }

  package func serves(_ wants: Set<String>, asked: Set<String>) -> Bool {
    wants.isSubset(of: asked)
  }
}

/// What a probe printed.
package struct ProbeReply: Sendable, Hashable {
  package let status: Int32
  package let output: [UInt8]
  package let errors: [UInt8]

  package init(status: Int32, output: [UInt8], errors: [UInt8] = []) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
  package var text: String { String(decoding: output, as: UTF8.self) }

  /// Records that the probe ended with NUL bytes, as bytes.
  package var records: [ArraySlice<UInt8>] {
    var parts = output[...].pieces(at: 0)
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts
  }

  /// Lines of standard output, without an empty last one.
  package var lines: [Substring] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}

/// A reading whose kind is only known at run time, with what it was asked for.
package struct Observation: Sendable, Hashable {
  package let reading: Reading<AnyFact>
  package let wants: Set<String>
  /// What was known before a dry run foresaw something that makes it unknown; nil otherwise.
  package let former: Reading<AnyFact>?

  package init(
    _ reading: Reading<AnyFact>, wants: Set<String> = [], former: Reading<AnyFact>? = nil
  ) {
    self.reading = reading
    self.wants = wants
    self.former = former
  }

  package init<F: Fact>(_ reading: Reading<F>, wants: Set<String> = []) {
    self.wants = wants
    former = nil
    switch reading {
    case .present(let fact): self.reading = .present(AnyFact(fact))
    case .absent: self.reading = .absent
    case .unreadable(let reason): self.reading = .unreadable(reason)
    case .timedOut: self.reading = .timedOut
    case .unknown(let reason): self.reading = .unknown(Reading<AnyFact>.Reason(reason.text))
    }
  }

  /// The reading as one of a kind; unknown when it is of another.
  package func reading<F: Fact>(as kind: F.Type) -> Reading<F> {
    switch reading {
    case .present(let any):
      guard let fact = any.fact as? F else {
        return .unknown(.init("an observation of another kind"))
      }
      return .present(fact)
    case .absent: return .absent
    case .unreadable(let reason): return .unreadable(reason)
    case .timedOut: return .timedOut
    case .unknown(let reason): return .unknown(.init(reason.text))
    }
  }
}

/// Any kind's fact, comparable.
package struct AnyFact: Sendable, Hashable {
  package let fact: any Fact

  package init(_ fact: any Fact) { self.fact = fact }

  package static func == (left: AnyFact, right: AnyFact) -> Bool {
    func isEqual<F: Fact>(_ fact: F) -> Bool { (right.fact as? F) == fact }
    return isEqual(left.fact)
  }

  package func hash(into hasher: inout Hasher) { fact.hash(into: &hasher) }
}
