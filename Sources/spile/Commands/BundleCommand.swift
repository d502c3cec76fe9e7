import ArgumentParser
import Bundle
import Diagnostics
import Model
import PKI
import Report
import Schema
import Vault

/// `spile bundle`: what a site without a network needs, in one signed piece.
struct BundleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Make, check and send signed bundles for sites without a network.",
    discussion: """
      A bundle is a folder or a plain tar archive, which every command takes alike. Who may have signed it is said by \
      --trust FILE, or by SPILE_BUNDLE_KEY; the variable spile_bundle_key says it to tasks.
      """,
    subcommands: [
      Key.self, Create.self, Verify.self, List.self, Diff.self, BundleCoverageCommand.self,
      BundlePushCommand.self,
    ])

  /// `spile bundle key`.
  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key that signs bundles: FILE, encrypted, and FILE.pub.",
      discussion: """
        FILE is for whoever makes bundles; it is opened by a vault password. FILE.pub is for controllers of sites: take \
        it there on another way than the bundle, and compare the fingerprint.
        """)

    @ArgumentParser.Argument(help: "The file of the key.", completion: .file()) var file: String
    @OptionGroup var vault: VaultOptions

    func run() throws {
      var work = VaultWork()
      for path in [file, file + ".pub"] where ControllerDisk.system.kind(path) != nil {
        work.diagnostics.add(
          Diagnostic(
            .error, "file-exists", "`\(path)` is there already",
            help: "a key that is lost makes its bundles worthless: name another file"))
      }
      try work.check()
      let keys = try work.keys(vault, isNew: true)
      try work.check()
      guard let password = keys.password(named: nil) else { return }
      let key = BundleKey()
      do {
        let sealed = Array(try key.sealed(with: password).utf8)
        try FileWriting(.kept).write(sealed, to: file)
        try FileWriting(.kept, mode: 0o644).write(Array(key.trusted.text.utf8), to: file + ".pub")
      } catch let failure as ControllerDisk.Failure {
        try Complaints.fail(
          Diagnostic(.error, "key-write", "`\(file)` cannot be written: \(failure.reason)"))
      } catch {
        try Complaints.fail(
          Diagnostic(.error, "vault-cipher", "nothing can be encrypted: \(error)"))
      }
      StandardStream.output.line("\(file).pub: \(key.trusted.fingerprint)")
    }
  }

  /// `spile bundle create`.
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a bundle of the files that a list names.",
      discussion: """
        Nothing is fetched: the files are there before. The same files, list, key and time give the same bytes.

        items:
          - kind: binary        # binary, image, manifest, chart, package, driver, file
            name: kubelet       # the file's name without it
            version: 1.32.1
            path: downloads/amd64/kubelet
            arch: amd64
            os: [debian12, rhel9]
            licence: Apache-2.0
            source: https://dl.k8s.io/v1.32.1/bin/linux/amd64/kubelet
            required_by: [kubernetes]
          - kind: package       # name, version and arch from the file's name
            path: debs/*.deb
          - kind: image         # names, versions and platforms from the archive
            path: images/*.tar
        """)

    @ArgumentParser.Argument(
      help: "What goes into it.", completion: .file(extensions: ["yml", "yaml"]))
    var list = "bundle.yml"
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp(
        "Where to write it: an archive where it ends in .tar, else a folder.", valueName: "path"),
      completion: .file())
    var output: String
    @Option(
      help: ArgumentHelp("The key that signs, of `spile bundle key`.", valueName: "file"),
      completion: .file())
    var key: String
    @Option(
      help: ArgumentHelp(
        "A bundle that the site has: blobs in it are left out. May be repeated, nearest first.",
        valueName: "bundle"),
      completion: .file())
    var base: [String] = []
    @Option(
      help: ArgumentHelp(
        "The time that the bundle tells, in UTC; else SOURCE_DATE_EPOCH, else now.",
        valueName: "2026-11-21T08:00:00Z"))
    var created: String?
    @OptionGroup var vault: VaultOptions

    func run() throws {
      var work = VaultWork()
      let list = BundleList.read(list, into: &work.diagnostics)
      let created = CreationTime.of(created, into: &work.diagnostics)
      let keyBytes = work.contents([key]).first?.bytes
      if output.isEmpty || ControllerDisk.system.kind(output) != nil {
        work.diagnostics.add(
          Diagnostic(
            .error, "file-exists", "`\(output)` is there already", help: "name another place"))
      }
      try work.check()
      guard let keyBytes, let created, let list else { return }
      let keys = try work.keys(vault)
      try work.check()
      let signing: BundleKey
      do throws(Diagnostic) {
        signing = try BundleKey(keyBytes, path: key, keys: keys)
      } catch {
        try Complaints.fail(error)
      }
      let manifest = try baseManifest(signing.trusted)
      let creation = BundleCreation(
        list, base: manifest, created: created, tool: Version.text, into: &work.diagnostics)
      try work.check()
      guard let creation else { return }
      do throws(Diagnostic) {
        try creation.write(to: output, isArchive: output.hasSuffix(".tar"), key: signing)
      } catch {
        try Complaints.fail(error)
      }
      StandardStream.output.line(BundleText.summary(creation.manifest, at: output))
    }

    /// The manifest of the base, believed because the same key signed it.
    private func baseManifest(_ key: TrustedKey) throws -> BundleManifest? {
      guard let first = base.first else { return nil }
      let bundle = try BundleText.checked {
        () throws(DiagnosticError) in
        try TrustedBundle.open([first], bases: Array(base.dropFirst()), trusting: [key])[0]
      }
      return bundle.manifest
    }
  }

  /// `spile bundle verify`.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a bundle: its signature, and every byte; all faults are told.")

    @ArgumentParser.Argument(help: "The bundle.", completion: .file()) var bundle: String
    @OptionGroup var trust: TrustOptions

    func run() throws {
      let keys = try trust.keys()
      let (found, faults) = BundleVerification.check(
        bundle, bases: trust.base, trusting: keys)
      guard let found else { try BundleText.refuse(faults) }
      StandardStream.output.line(BundleText.summary(found.manifest, at: bundle) + ": nothing wrong")
    }
  }

  /// `spile bundle list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is in a bundle, by its manifest.")

    @ArgumentParser.Argument(help: "The bundle.", completion: .file()) var bundle: String
    @OptionGroup var trust: TrustOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let keys = try trust.keys()
      let manifest = try BundleText.checked {
        () throws(DiagnosticError) in
        try BundleText.believed(bundle, keys)
      }
      if json {
        StandardStream.output.write(manifest.bytes)
        return
      }
      for line in BundleText.table(manifest.items) { StandardStream.output.line(line) }
      StandardStream.output.line("")
      StandardStream.output.line(BundleText.summary(manifest, at: bundle))
    }
  }

  /// `spile bundle diff`.
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what one bundle has and another has not, by their manifests.")

    @ArgumentParser.Argument(help: "The older bundle.", completion: .file()) var old: String
    @ArgumentParser.Argument(help: "The newer bundle.", completion: .file()) var new: String
    @OptionGroup var trust: TrustOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let keys = try trust.keys()
      let manifests = try BundleText.checked {
        () throws(DiagnosticError) in
        try [old, new].map { path throws(DiagnosticError) in try BundleText.believed(path, keys) }
      }
      let difference = BundleDifference(from: manifests[0], to: manifests[1])
      if json {
        StandardStream.output.line(JSON.text(BundleText.json(difference), style: .indented))
      } else {
        for line in BundleText.lines(difference) { StandardStream.output.line(line) }
      }
    }
  }
}

/// When a bundle was made, as far as it tells.
enum CreationTime {
  /// `--created`, else SOURCE_DATE_EPOCH (reproducible-builds.org), else now.
  static func of(_ written: String?, into bag: inout DiagnosticBag) -> Moment? {
    if let written {
      if let moment = Moment(iso8601: written) { return moment }
      bag.add(
        Diagnostic(
          .error, "creation-time", "--created: `\(written)` is no time",
          help: "write it like 2026-11-21T08:00:00Z"))
      return nil
    }
    if let epoch = Process.variable("SOURCE_DATE_EPOCH"), !epoch.isEmpty {
      if let seconds = Int(epoch), seconds >= 0 { return Moment(seconds: seconds) }
      bag.add(
        Diagnostic(
          .error, "creation-time", "SOURCE_DATE_EPOCH: `\(epoch)` is no number of seconds"))
      return nil
    }
    return Moment(seconds: Process.now)
  }
}
